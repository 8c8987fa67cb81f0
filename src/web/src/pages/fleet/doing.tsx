import { computed } from "@preact/signals";
import type { CommandView, SessionView } from "../../api/types";
import { words } from "../../i18n";
import { byOf } from "../../i18n/say";
import { asked, commandFleet, lastOf } from "../../live/commands";
import { commands, sessions } from "../../live/store";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { State } from "../../parts/state";
import { Outcome, Verdict } from "../../parts/verdict";
import { to } from "../../router";
import { nowUs, second } from "../../time";
import { spreadOf } from "../recordings/numbers";
import { whyNobody } from "./chosen";
import { Countdown, Since } from "./facts";

/** A command that has ended stays so long before everybody's eyes, one that went wrong longer. */
const SHOWN_US = 30e6, BAD_SHOWN_US = 300e6;
const NAMED = 12;

const open = computed(() => [...sessions.all.values()].map(s => s.value).filter(s => s.state === "armed" || s.state === "recording").sort((a, b) => b.created_us - a.created_us));

const isBad = (c: CommandView): boolean => Boolean(c.answer?.problem) || (c.answer !== null && c.answer.confirmed < c.answer.of);

/** What is being done to the fleet and was done just before, by whom; and the recordings that run. */
export function Doing() {
  const w = words.value.fleet;
  second.value;
  const now = nowUs();
  const recent = commands.value.filter(c => c.state !== "ended" || now - (c.ended_us ?? 0) < (isBad(c) ? BAD_SHOWN_US : SHOWN_US)).slice(0, 6);
  if (recent.length === 0 && open.value.length === 0) return null;
  return (
    <Card title={w.doing} id="doing" kind="live">
      <ul class="rows">
        {open.value.slice(0, 4).map(s => <SessionRow key={s.session_id} s={s} />)}
        {recent.map(c => <CommandRow key={c.id} c={c} />)}
      </ul>
    </Card>
  );
}

function SessionRow({ s }: { s: SessionView }) {
  const w = words.value.fleet;
  const start = commands.value.find(c => c.answer?.session_id === s.session_id);
  const late = start?.answer?.results.filter(r => r.verdict !== "confirmed" || !r.armed) ?? [];
  const target = `session:${s.session_id}`;
  second.value;
  const ahead = s.start_at_us !== null && s.start_at_us > nowUs();
  return (
    <li data-session-row={s.session_id} data-state={s.state} data-ahead={ahead}>
      <State tone={s.state === "recording" ? "ok" : "pending"} {...(s.state === "recording" ? { shape: "record" as const } : {})}>{w.sessionStates[s.state] ?? s.state}</State>
      <a class="mono" href={to("recordings", s.session_id)}>{s.recording_id}</a>
      <span class="figures">{w.armedOf(s.armed, s.modules)}</span>
      {s.start_at_us !== null && (ahead
        ? <span>{w.startsIn} <strong class="figures countdown-t0" data-name="countdown"><Countdown us={s.start_at_us} /></strong></span>
        : <span>{w.startedAgo} <strong class="figures"><Since us={s.start_at_us} /></strong></span>)}
      {s.spread_us !== null && <span class="figures" data-name="spread">{w.spread} {spreadOf(s)}{s.spread_uncertainty_us === null && ` ± ${w.notKnown}`}</span>}
      {late.length > 0 && <Laggards title={w.laggards} results={late} />}
      <span class="grow" />
      <Outcome asked={lastOf(target)} />
      <Button small name="stop-session" shape="stop" why={whyNobody()} label={`${w.toStop}: ${s.recording_id}`} onPress={() => void commandFleet(target, w.stop, { command: "stop", ...stoppable(start) })}>{w.stop}</Button>
    </li>
  );
}

/** Those who were told to start; where that is not known any more, whoever records. */
const stoppable = (start: CommandView | undefined): { modules?: string[] } => {
  const all = start?.answer?.results.filter(r => r.verdict === "confirmed").map(r => r.module) ?? [];
  return all.length > 0 ? { modules: all } : {};
};

/** Who asked, as far as the hub knows: the operator's name, and what it came from. */
export function Asker({ c }: { c: CommandView }) {
  const w = words.value.fleet;
  const mine = asked.value.some(a => a.id === c.id);
  return <span class="quiet small" data-name="by">{w.by(byOf(c.by ?? ""), mine ? w.byMe : c.from === "page" ? w.byPage : c.from === "command line" ? w.byLine : c.from ?? w.byOther)}</span>;
}

function CommandRow({ c }: { c: CommandView }) {
  const w = words.value.fleet;
  const a = c.answer;
  const others = a?.results.filter(r => r.verdict !== "confirmed") ?? [];
  return (
    <li data-command={c.command ?? ""} data-state={c.state}>
      <strong>{w.words[c.command ?? ""] ?? c.command}</strong>
      <span>{c.modules === null ? w.toAll : c.modules.length === 1 ? c.modules[0] : w.to(c.modules.length)}</span>
      <Asker c={c} /> <Age us={c.created_us} />
      {c.state !== "ended" ? <State tone="pending">{w.underWay}</State>
        : a?.problem ? <Verdict verdict="failed" reason={a.problem} />
        : a && <State tone={a.confirmed === a.of ? "ok" : a.confirmed > 0 ? "warn" : "bad"}>{w.confirmedOf(a.confirmed, a.of)}</State>}
      {others.length > 0 && <Laggards results={others} />}
    </li>
  );
}

/** By name, each with why. */
export function Laggards({ title, results }: { title?: string; results: readonly { module: string; verdict: string; reason: string | null; armed?: boolean }[] }) {
  const w = words.value;
  return (
    <ul class="laggards row">
      {title && <li class="quiet">{title}:</li>}
      {results.slice(0, NAMED).map(r => <li key={r.module} data-laggard={r.module}><a href={to("fleet", r.module)}>{r.module}</a> {r.verdict === "confirmed" ? <State tone="warn">{w.recordings.unsynchronised}</State> : <Verdict verdict={r.verdict} reason={r.reason} />}</li>)}
      {results.length > NAMED && <li class="quiet">{w.fleet.more(results.length - NAMED)}</li>}
    </ul>
  );
}
