import { api } from "../../api/http";
import type { RunSummary, TraceEntry, TraceView } from "../../api/types";
import { locale, words } from "../../i18n";
import { runsChanged } from "../../live/store";
import { Empty } from "../../parts/card";
import { byOf, reasonOf } from "../../i18n/say";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { Verdict } from "../../parts/verdict";
import { to } from "../../router";
import { duration, moment } from "../../time";
import { useAnswer } from "../answer";

const ms = (value: number | null): string => (value === null ? "" : value.toLocaleString(locale.value, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
const seconds = (value: number | null): string => (value === null ? "" : (value / 1000).toLocaleString(locale.value, { minimumFractionDigits: 3, maximumFractionDigits: 3 }));

/** Past runs of a room; each opens its trace. */
export function Runs({ room }: { room: string }) {
  const w = words.value.rooms;
  const { value, problem } = useAnswer<{ runs: RunSummary[] }>(`${api("rooms", room, "runs")}?limit=100`, runsChanged.value);
  if (problem) return <Empty>{problem}</Empty>;
  if (!value) return <p class="quiet">{w.loading}</p>;
  if (value.runs.length === 0) return <Empty>{w.noRuns}</Empty>;
  return (
    <Table label={w.tabs.runs} head={[w.began, w.scene, w.length, w.ended, w.who, w.cueCount, w.latest, w.failed]}>
      {value.runs.map(r => (
        <tr key={r.id} data-run={r.id}>
          <td><a href={to("rooms", room, "runs", r.id)}>{moment(r.started_us)}</a></td><td>{r.scene}</td><td>{r.ended_us === null ? w.states["running"] : duration(r.ended_us - r.started_us)}</td>
          <td>{r.end_reason && reasonOf(r.end_reason)}</td><td>{r.by && byOf(r.by)}</td><td class="right">{r.cues}</td><td class="right">{r.late_max_ms === null ? "" : `${ms(r.late_max_ms)} ms`}</td>
          <td class="right">{r.failed > 0 ? <State tone="bad">{r.failed}</State> : 0}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Every cue of one run: planned, real, its verdict. */
export function Trace({ room, id }: { room: string; id: string }) {
  const w = words.value.rooms;
  const { value, problem } = useAnswer<TraceView>(api("rooms", room, "runs", id), runsChanged.value);
  return (
    <div class="stack" id="trace" data-state={value ? "ready" : "loading"}>
      <p><a href={to("rooms", room, "runs")}>{w.tabs.runs}</a></p>
      {problem && <Empty>{problem}</Empty>}
      {value && <>
        <h2>{value.run.scene} <span class="quiet">{moment(value.run.started_us)} · {value.run.by && byOf(value.run.by)}{value.run.end_reason ? ` · ${reasonOf(value.run.end_reason)}` : ""}</span></h2>
        <Lateness entries={value.entries} />
        <Table label={w.trace} head={[w.planned, w.lateBy, w.kind, w.what, w.verdict, w.path]}>{value.entries.map((e, i) => <Row key={i} e={e} />)}</Table>
      </>}
    </div>
  );
}

function Row({ e }: { e: TraceEntry }) {
  const w = words.value.rooms;
  return (
    <tr class={`trace-${e.kind}`}>
      <td class="right figures">{seconds(e.planned_ms ?? e.real_ms)}</td><td class="right figures">{e.late_ms === null ? "" : `${ms(e.late_ms)} ms`}</td><td>{w.kinds[e.kind] ?? e.kind}</td>
      <td class="mono">{e.what}</td><td>{e.verdict ? <Verdict verdict={e.verdict} reason={e.reason} tookMs={e.took_ms} /> : e.reason && reasonOf(e.reason)}</td><td class="mono quiet">{e.path}</td>
    </tr>
  );
}

const WIDTH = 600, HEIGHT = 120, LEFT = 48, LOW = 18;

/** Each cue as a dot: when it was planned, and how late it was. */
function Lateness({ entries }: { entries: readonly TraceEntry[] }) {
  const w = words.value.rooms;
  const dots = entries.filter(e => e.late_ms !== null && (e.planned_ms ?? e.real_ms) !== null);
  if (dots.length < 2) return null;
  const end = Math.max(1, ...dots.map(e => (e.planned_ms ?? e.real_ms)!));
  const top = Math.max(1, ...dots.map(e => e.late_ms!));
  const x = (at: number): number => LEFT + at / end * (WIDTH - LEFT - 8);
  const y = (late: number): number => HEIGHT - LOW - Math.max(0, late) / top * (HEIGHT - LOW - 8);
  return (
    <svg class="lateness" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={w.drawnLateness(dots.length)}>
      {[0, top / 2, top].map(t => <g key={t}><line x1={LEFT} x2={WIDTH - 8} y1={y(t)} y2={y(t)} /><text x={LEFT - 4} y={y(t) + 4} text-anchor="end">{ms(t)} {words.value.units.ms}</text></g>)}
      <text x={WIDTH - 8} y={HEIGHT - 2} text-anchor="end">{seconds(end)} {words.value.units.s}</text>
      {dots.map((e, i) => <circle key={i} class={e.verdict !== null && e.verdict !== "confirmed" && e.verdict !== "superseded" ? "bad" : ""} cx={x((e.planned_ms ?? e.real_ms)!)} cy={y(e.late_ms!)} r="3"><title>{`${e.what}: ${ms(e.late_ms)} ${words.value.units.ms}`}</title></circle>)}
    </svg>
  );
}
