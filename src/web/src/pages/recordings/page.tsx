import { api } from "../../api/http";
import type { ManifestModule, SessionManifest, SessionView } from "../../api/types";
import { locale, words } from "../../i18n";
import { sessions, snapshotAt } from "../../live/store";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { Table } from "../../parts/table";
import { Verdict } from "../../parts/verdict";
import { parts, to } from "../../router";
import { dateTime, duration, moment } from "../../time";
import { useAnswer } from "../answer";
import { Title } from "../title";

const tones: Record<string, Tone> = { armed: "pending", recording: "ok", complete: "quiet", failed: "bad" };
const ms = (us: number): string => (us / 1000).toLocaleString(locale.value, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
export const spreadOf = (s: { spread_us: number | null; spread_uncertainty_us: number | null }): string =>
  s.spread_us === null ? "" : `${ms(s.spread_us)} ms${s.spread_uncertainty_us === null ? "" : ` \u00b1 ${ms(s.spread_uncertainty_us)}`}`;

export function RecordingsPage() {
  const [, id] = parts.value;
  return id === undefined ? <List /> : <One key={id} id={id} />;
}

function List() {
  const w = words.value.recordings;
  const { value, problem } = useAnswer<{ sessions: SessionView[] }>(`${api("sessions")}?limit=500`, snapshotAt.value);
  // What was heard since is newer than what was asked for.
  const all = new Map((value?.sessions ?? []).map(s => [s.session_id, s]));
  for (const [id, s] of sessions.all) all.set(id, s.value);
  const sorted = [...all.values()].sort((a, b) => b.created_us - a.created_us);
  return (
    <div class="stack">
      <Title text={w.title} />
      {problem && <Empty>{problem}</Empty>}
      {value && sorted.length === 0 && <Empty>{w.empty}</Empty>}
      {sorted.length > 0 && (
        <div class="live"><Table label={w.title} head={[w.began, w.recordingId, w.state, w.modules, w.length, w.spread]}>
          {sorted.map(s => (
            <tr key={s.session_id} data-session={s.session_id}>
              <td><a href={to("recordings", s.session_id)}>{moment(s.created_us)}</a></td><td class="mono">{s.recording_id}</td>
              <td><State tone={tones[s.state] ?? "unknown"} {...(s.state === "recording" ? { shape: "record" as const } : {})}>{words.value.fleet.sessionStates[s.state] ?? s.state}</State></td>
              <td>{words.value.fleet.sessionModules(s.confirmed, s.modules, s.complete)}</td><td>{s.duration_s === null ? "" : duration(s.duration_s * 1e6)}</td><td>{spreadOf(s)}</td>
            </tr>
          ))}
        </Table></div>
      )}
    </div>
  );
}

/** One recording: who took part, when each began, and where its files are. */
function One({ id }: { id: string }) {
  const w = words.value.recordings;
  const live = sessions.find(id);
  const { value: m, problem } = useAnswer<SessionManifest>(api("sessions", id, "manifest"), live);
  const frames = m ? m.modules.flatMap(one => (one.first_frame_utc === null ? [] : [Date.parse(one.first_frame_utc)])) : [];
  const first = Math.min(...frames);
  return (
    <div class="stack" id="recording" data-state={m ? "ready" : "loading"}>
      <Title text={m?.recording_id ?? id}><a href={to("recordings")}>{w.title}</a></Title>
      {problem && <Empty>{problem}</Empty>}
      {m && <>
        <Card aside={<a class="button small" href={api("sessions", id, "manifest")} download={`${m.session_id}.json`}>{w.saveManifest}</a>} title={<State tone={tones[m.state] ?? "unknown"}>{words.value.fleet.sessionStates[m.state] ?? m.state}</State>}>
          <Facts>
            <Fact name={w.began}>{dateTime(Date.parse(m.created_at) * 1000)}</Fact>
            {m.duration_s !== null && <Fact name={w.length}>{duration(m.duration_s * 1e6)}</Fact>}
            <Fact name={w.armed}>{m.armed} / {m.modules.length}</Fact>
            {m.spread_us !== null && <Fact name={w.spread}>{spreadOf(m)}</Fact>}
          </Facts>
          <p class="quiet export-hint">{w.align} <code>chorale fleet export {m.session_id}</code></p>
        </Card>
        <Table label={w.modules} head={[w.module, w.answer, w.firstFrame, w.clock, w.frames, w.gaps, w.files]}>
          {m.modules.map(one => <Row key={one.module} m={one} first={first} />)}
        </Table>
      </>}
    </div>
  );
}

function Row({ m, first }: { m: ManifestModule; first: number }) {
  const w = words.value.recordings;
  const after = m.first_frame_utc === null ? null : (Date.parse(m.first_frame_utc) - first) * 1000;
  return (
    <tr data-module={m.module}>
      <td><strong>{m.module}</strong></td>
      <td>{m.verdict === null ? <State tone="pending">{words.value.waiting}</State> : <Verdict verdict={m.verdict} reason={m.reason} />}{m.verdict === "confirmed" && !m.synchronised && <> <State tone="warn">{w.unsynchronised}</State></>}</td>
      <td title={m.first_frame_utc ?? ""}>{after === null ? "" : `+${ms(after)} ms`}{m.uncertainty_us === null || after === null ? "" : ` \u00b1 ${ms(m.uncertainty_us)}`}</td>
      <td>{ms(m.clock_offset_us)} ms <span class="quiet">{w.clocks[m.clock_source] ?? m.clock_source}</span></td>
      <td>{m.frames === null ? "" : `${m.frames.toLocaleString(locale.value)}${m.samplerate ? ` (${duration(m.frames / m.samplerate * 1e6)})` : ""}`}</td>
      <td>{m.gaps.length > 0 ? <State tone="warn">{m.gaps.length}</State> : m.frames === null ? "" : 0}</td>
      <td class="mono">{m.files.join(" ")}</td>
    </tr>
  );
}
