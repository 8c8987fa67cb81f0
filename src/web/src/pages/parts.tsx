import { signal } from "@preact/signals";
import type { JobView } from "../api/jobs";
import { words } from "../i18n";
import { Age } from "../parts/age";
import { Button } from "../parts/button";
import { Card, Empty, Fact, Facts } from "../parts/card";
import { Dialog } from "../parts/dialog";
import { Download } from "../parts/download";
import { Icon, type Shape } from "../parts/icon";
import { Meter } from "../parts/meter";
import { Said } from "../parts/said";
import { State, type Tone } from "../parts/state";
import { Table } from "../parts/table";
import { Outcome, Verdict } from "../parts/verdict";
import { to } from "../router";
import { nowUs } from "../time";
import { JobCard } from "./jobs/card";
import { Graph } from "./rooms/graph";
import { Once } from "./settings/once";
import { Title } from "./title";

const tones: Tone[] = ["ok", "pending", "warn", "bad", "unknown", "quiet"];
const icons: Shape[] = ["home", "fleet", "listen", "rooms", "recordings", "log", "link", "settings", "person", "eye", "play", "pause", "record", "stop", "left", "right", "down"];
const type = ["--t-0", "--t-1", "--t-2", "--t-3", "--t-4", "--t-5"];
const space = ["--s-1", "--s-2", "--s-3", "--s-4", "--s-5", "--s-6"];
const colours = ["--paper", "--card", "--sunk", "--line", "--line-2", "--quiet", "--ink", "--accent", "--accent-soft", "--warn", "--warn-soft", "--bad", "--bad-soft"];
const verdicts = ["confirmed", "refused", "timed_out", "ambiguous", "contradicted", "superseded", "lost_link", "cancelled", "simulated", "unknown"];
const pressed = signal(false);
const asks = signal(false);
const tab = signal(0);
const isOnceShown = signal(true);

/** A card that shows the parts it names; a test looks for each that README.md names. */
function Shown({ of, title, children }: { of: string; title: string; children: preact.ComponentChildren }) {
  return <div data-part={of}><Card title={title}><div class="stack">{children}</div></Card></div>;
}

/** All parts on one page, to look at and to be tested. */
export function PartsPage() {
  const w = words.value.parts;
  const opened = nowUs();
  const asked = { id: "x", target: "x", what: w.command, at: 0, verdict: null, reason: null, tookMs: null, answer: null };
  return (
    <div class="stack" id="parts">
      <Title text={words.value.shell.places.parts} />
      <Shown of="State" title={w.states}><div class="row">{tones.map(t => <State key={t} tone={t}>{w.tones[t]}</State>)}</div></Shown>
      <Shown of="Verdict Outcome" title={w.verdicts}>
        <div class="row">{verdicts.map(v => <Verdict key={v} verdict={v} />)}</div>
        <div class="row"><Outcome asked={{ ...asked, state: "sending" }} /><Outcome asked={{ ...asked, state: "ended", verdict: "confirmed", tookMs: 92 }} />
          <Outcome asked={{ ...asked, state: "ended", verdict: "refused", reason: w.reason }} /></div>
      </Shown>
      <Shown of="Button field Download" title={w.buttons}>
        <div class="buttons">
          <Button onPress={() => {}}>{w.plain}</Button><Button kind="primary" shape="play" onPress={() => {}}>{w.primary}</Button><Button kind="danger" shape="stop" onPress={() => {}}>{w.danger}</Button>
          <Button kind="bare" onPress={() => {}}>{w.bare}</Button><Button small onPress={() => {}}>{w.small}</Button><Button why={words.value.shell.hubGone} onPress={() => {}}>{w.cannot}</Button><Download href="icon.svg" file="chorale.svg">{w.download}</Download>
          <Button name="stays" pressed={pressed.value} onPress={() => { pressed.value = !pressed.value; }}>{w.pressed}</Button>
          <label class="field"><span>{w.field}</span><input value={w.value} readOnly /></label><select aria-label={w.choice}><option>{w.choice}</option></select><kbd class="key">Esc</kbd>
        </div>
      </Shown>
      <Shown of="banner" title={w.banners}><p class="banner bad"><Icon shape="bad" /><span>{words.value.shell.hubGone}</span></p><p class="banner warn"><Icon shape="warn" /><span>{words.value.shell.brokerGone}. {words.value.shell.brokerGoneMeans}</span></p></Shown>
      <Shown of="Card Facts Empty Age Meter" title={w.facts}>
        <Facts><Fact name={w.name}>{w.value}</Fact><Fact name={w.level}><Meter rms={-31.5} peak={-12} /></Fact><Fact name={w.loud}><Meter rms={-1} peak={0} /></Fact><Fact name={w.age}><Age us={opened - 90e6} /></Fact></Facts>
        <Empty>{w.empty}</Empty>
      </Shown>
      <Shown of="tabs" title={w.tabs}>
        <nav class="tabs" aria-label={w.tabs}>
          {w.tabNames.map((name, n) => <a key={name} href={to("parts")} aria-current={tab.value === n ? "page" : undefined} onClick={e => { e.preventDefault(); tab.value = n; }}>{name}</a>)}
        </nav>
      </Shown>
      <Shown of="JobCard motion" title={w.jobs}><JobCard job={job("running", opened)} /><JobCard job={job("done", opened)} /></Shown>
      <Shown of="Dialog" title={w.dialog}>
        <div class="row"><Button name="ask" onPress={() => { asks.value = true; }}>{w.ask}</Button></div>
        <Dialog id="parts-dialog" isOpen={asks.value} title={w.question} onClose={() => { asks.value = false; }}>
          <p>{w.consequence}</p>
          <div class="buttons"><Button kind="primary" name="answer" onPress={() => { asks.value = false; }}>{w.answer}</Button></div>
        </Dialog>
      </Shown>
      <Shown of="Once" title={w.once}>
        {isOnceShown.value ? <Once items={[{ name: w.secret, text: "chd_0123456789abcdef" }]} onClose={() => { isOnceShown.value = false; }} /> : <div class="row"><Button onPress={() => { isOnceShown.value = true; }}>{w.again}</Button></div>}
      </Shown>
      <Shown of="Graph" title={w.graph}><Graph room="room1" now="PLAY" graph={scene(w.scene)} /></Shown>
      <Shown of="Table" title={w.table}><Table label={w.table} head={w.head}><tr><td>0.000</td><td>0.0002</td><td class="mono">room1/light ON</td></tr><tr><td>1.500</td><td>1.5001</td><td class="mono">room1/light OFF</td></tr></Table></Shown>
      <Shown of="Said" title={w.said}><p><Said text={w.typed} /></p></Shown>
      <Shown of="Icon" title={w.icons}><div class="row">{icons.map(i => <span key={i} class="row"><Icon shape={i} /> <span class="mono">{i}</span></span>)}</div></Shown>
      <Shown of="type" title={w.type}><ul class="stack">{type.map(s => <li key={s} style={{ fontSize: `var(${s})` }}><span class="mono">{s}</span> {w.sample}</li>)}</ul></Shown>
      <Shown of="space" title={w.space}><ul class="spaces">{space.map(s => <li key={s}><span class="mono">{s}</span><span class="space" style={{ width: `var(${s})`, height: `var(${s})` }} /></li>)}</ul></Shown>
      <Shown of="colour" title={w.colours}><ul class="row">{colours.map(c => <li key={c} class="row"><span class="chip" style={{ background: `var(${c})` }} /><span class="mono">{c}</span></li>)}</ul></Shown>
    </div>
  );
}

/** As the hub would tell it, but that it never did. */
const job = (state: "running" | "done", now: number): JobView => ({
  id: `parts-${state}`, kind: "export", state, by: "ada", created_us: now - 60e6, began_us: now - 60e6, ended_us: state === "done" ? now - 5e6 : null,
  subject: { recorders: ["hall"], session: null, from_us: now - 7200e6, to_us: now - 3600e6, format: "flac", layout: null, quick: null, repair: null, files: null },
  unit: "frames", done: 64_000_000, total: 172_800_000, bytes: 81_000_000, per_second: 4_800_000, ends_us: state === "done" ? null : now + 23e6, rate_hz: 48_000, problem: null,
  file: null, findings: [], findings_total: 0, kept_until_us: null,
});

const scene = ([wait, play]: readonly [string, string]): Parameters<typeof Graph>[0]["graph"] => ({
  states: [
    { name: "WAIT", description: wait, is_initial: true, cues: 1, enter: [] }, { name: "PLAY", description: play, is_initial: false, cues: 3, enter: [] },
    { name: "END", description: null, is_initial: false, cues: 0, enter: [] },
  ],
  edges: [
    { from: "WAIT", to: "PLAY", type: "event", label: "room1/door open", is_global: false }, { from: "PLAY", to: "END", type: "timeout", label: "timeout 60", is_global: false },
    { from: "PLAY", to: "WAIT", type: "event", label: "room1/door shut", is_global: false },
  ],
});
