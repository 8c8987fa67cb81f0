import { signal } from "@preact/signals";
import { words } from "../i18n";
import { Age } from "../parts/age";
import { Button } from "../parts/button";
import { Card, Empty, Fact, Facts } from "../parts/card";
import { Icon, type Shape } from "../parts/icon";
import { Meter } from "../parts/meter";
import { State, type Tone } from "../parts/state";
import { Table } from "../parts/table";
import { Outcome, Verdict } from "../parts/verdict";
import { nowUs } from "../time";
import { Title } from "./title";

const tones: Tone[] = ["ok", "pending", "warn", "bad", "unknown", "quiet"];
const icons: Shape[] = ["home", "fleet", "listen", "rooms", "recordings", "log", "link", "play", "pause", "record", "stop", "left", "right", "down"];
const scale = ["--t-0", "--t-1", "--t-2", "--t-3", "--t-4", "--t-5"];
const colours = ["--paper", "--card", "--sunk", "--line", "--line-2", "--quiet", "--ink", "--accent", "--accent-soft", "--warn", "--warn-soft", "--bad", "--bad-soft"];
const verdicts = ["confirmed", "refused", "timed_out", "ambiguous", "contradicted", "superseded", "lost_link", "cancelled", "simulated", "unknown"];
const pressed = signal(false);

/** All parts on one page, to look at and to be tested. Its words are for those who build the page. */
export function PartsPage() {
  const asked = { id: "x", target: "x", what: "ON", at: 0, verdict: null, reason: null, tookMs: null, answer: null };
  const opened = nowUs();
  return (
    <div class="stack" lang="en">
      <Title text={words.value.shell.places.parts} />
      <Card title="States: a shape, a word, a colour"><div class="row">{tones.map(t => <State key={t} tone={t}>{t}</State>)}</div></Card>
      <Card title="Verdicts"><div class="row">{verdicts.map(v => <Verdict key={v} verdict={v} />)}</div>
        <div class="row"><Outcome asked={{ ...asked, state: "sending" }} /><Outcome asked={{ ...asked, state: "ended", verdict: "confirmed", tookMs: 92 }} />
          <Outcome asked={{ ...asked, state: "ended", verdict: "refused", reason: "motor is blocked" }} /></div>
      </Card>
      <Card title="Buttons">
        <div class="buttons">
          <Button onPress={() => {}}>Plain</Button><Button kind="primary" shape="play" onPress={() => {}}>Primary</Button><Button kind="danger" shape="stop" onPress={() => {}}>Danger</Button>
          <Button kind="bare" onPress={() => {}}>Bare</Button><Button small onPress={() => {}}>Small</Button><Button why="The hub does not answer" onPress={() => {}}>Cannot</Button>
          <Button pressed={pressed.value} onPress={() => { pressed.value = !pressed.value; }}>Pressed</Button>
          <label class="field"><span>Field</span><input value="text" readOnly /></label><select aria-label="Choice"><option>Choice</option></select><kbd class="key">Esc</kbd>
        </div>
      </Card>
      <Card title="Banners"><div class="stack"><p class="banner bad"><Icon shape="bad" />The hub does not answer.</p><p class="banner warn"><Icon shape="warn" />The hub has lost its broker.</p></div></Card>
      <Card title="Facts, ages, levels" aside={<Age us={opened} />}>
        <Facts><Fact name="Name">value</Fact><Fact name="Level"><Meter rms={-31.5} peak={-12} /></Fact><Fact name="Too loud"><Meter rms={-1} peak={0} /></Fact><Fact name="Age"><Age us={opened - 90e6} /></Fact></Facts>
        <Empty>Nothing here, and what would change that.</Empty>
      </Card>
      <Card title="Icons"><div class="row">{icons.map(i => <span key={i} class="row"><Icon shape={i} /> {i}</span>)}</div></Card>
      <Card title="Type"><ul class="stack">{scale.map(s => <li key={s} style={{ fontSize: `var(${s})` }}>{s} Chorale, 0123456789</li>)}</ul></Card>
      <Card title="Colours"><ul class="row">{colours.map(c => <li key={c} class="row"><span class="chip" style={{ background: `var(${c})` }} />{c}</li>)}</ul></Card>
      <Table label="A table" head={["Planned", "Real", "What"]}><tr><td>0.000</td><td>0.0002</td><td>room1/light ON</td></tr><tr><td>1.500</td><td>1.5001</td><td>room1/light OFF</td></tr></Table>
    </div>
  );
}
