import { signal } from "@preact/signals";
import type { ModuleView } from "../../api/types";
import { words } from "../../i18n";
import { asked, commandFleet, lastOf } from "../../live/commands";
import { link } from "../../live/connection";
import { mayNot } from "../../live/me";
import { broker, modules, sessions } from "../../live/store";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/card";
import { Outcome, Verdict } from "../../parts/verdict";
import { to } from "../../router";
import { spreadOf } from "../recordings/page";
import { Title } from "../title";
import { arrange, sorts, type Sort } from "./arrange";
import { Tile } from "./tile";
import { useWatch } from "./watch";

const filter = signal("");
const sort = signal<Sort>("name");
const chosen = signal<ReadonlySet<string>>(new Set());
const TARGET = "fleet";

export function choose(id: string, on: boolean): void {
  const next = new Set(chosen.peek());
  if (on) next.add(id);
  else next.delete(id);
  chosen.value = next;
}

export function FleetPage() {
  const w = words.value.fleet;
  const all = [...modules.all.values()].map(m => m.value);
  const shown = arrange(all, filter.value, sort.value);
  useWatch();
  return (
    <div class="stack">
      <Title text={w.title}>
        <div class="row">
          <input type="search" placeholder={w.filter} aria-label={w.filter} value={filter.value} onInput={e => { filter.value = e.currentTarget.value; }} />
          <label class="field"><span>{w.sortBy}</span>
            <select value={sort.value} onChange={e => { sort.value = e.currentTarget.value as Sort; }}>{sorts.map(s => <option key={s} value={s}>{w.sorts[s]}</option>)}</select>
          </label>
        </div>
      </Title>
      {all.length > 0 && <Bar all={all} />}
      {all.length === 0 && <Empty>{broker.value?.address ? w.empty(broker.value.address) : w.noBroker}</Empty>}
      {all.length > 0 && shown.length === 0 && <Empty>{w.noneMatch}</Empty>}
      <ul class="grid tiles live" aria-label={w.title}>{shown.map(m => <Tile key={m.id} id={m.id} isChosen={chosen.value.has(m.id)} />)}</ul>
    </div>
  );
}

/** Why nobody can be commanded now. */
function whyNot(): string | null {
  const w = words.value.shell;
  if (link.value !== "live") return w.hubGone;
  return broker.value?.address && !broker.value.connected && [...modules.all.values()].every(m => m.value.link === "mqtt") ? w.brokerGone : mayNot("operate");
}

function Bar({ all }: { all: readonly ModuleView[] }) {
  const w = words.value.fleet;
  const picked = [...chosen.value].filter(id => modules.find(id));
  const target = picked.length > 0 ? { modules: picked } : {};
  const of = picked.length > 0 ? all.filter(m => picked.includes(m.id)) : all;
  const idle = of.filter(m => m.presence === "online" && m.state === "idle").length;
  const recording = of.filter(m => m.presence === "online" && m.state === "recording").length;
  const last = lastOf(TARGET);
  const busy = last !== undefined && last.state !== "ended";
  const order = (what: string, command: string): void => void commandFleet(TARGET, what, { command, ...target });
  return (
    <section class="card bar" aria-label={w.commands}>
      <div class="row">
        <p class="grow">{picked.length > 0 ? w.chosen(picked.length) : w.everybody(all.length)}
          {picked.length > 0 && <> <Button kind="bare" small onPress={() => { chosen.value = new Set(); }}>{w.unchoose}</Button></>}
        </p>
        <Button name="start" kind="primary" shape="record" why={whyNot() ?? (idle === 0 ? w.nobodyIdle : null)} busy={busy} onPress={() => order(w.start, "start")}>{w.startN(idle)}</Button>
        <Button name="stop" shape="stop" why={whyNot() ?? (recording === 0 ? w.nobodyRecords : null)} busy={busy} onPress={() => order(w.stop, "stop")}>{w.stopN(recording)}</Button>
      </div>
      {last && <div class="row"><Outcome asked={last} /><Laggards /></div>}
    </section>
  );
}

/** Of a command to many: how many confirmed, and who did not, by name. */
function Laggards() {
  const w = words.value.fleet;
  const answer = asked.value.find(a => a.target === TARGET)?.answer;
  if (!answer) return null;
  const session = answer.session_id === null ? undefined : sessions.find(answer.session_id);
  const others = answer.results.filter(r => r.verdict !== "confirmed");
  return (
    <>
      <span class="figures">{w.confirmedOf(answer.confirmed, answer.of)}</span>
      {session && <a href={to("recordings", session.session_id)}>{session.spread_us === null ? session.recording_id : `${w.spread} ${spreadOf(session)}`}</a>}
      {others.slice(0, 12).map(r => <span key={r.module}>{r.module} <Verdict verdict={r.verdict} reason={r.reason} /></span>)}
      {others.length > 12 && <span class="quiet">{w.more(others.length - 12)}</span>}
    </>
  );
}
