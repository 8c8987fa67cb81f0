import { api } from "../../api/http";
import type { SessionTracksView } from "../../api/sessions";
import type { ManifestModule, SessionManifest } from "../../api/types";
import { locale, words } from "../../i18n";
import { sessions } from "../../live/store";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Download } from "../../parts/download";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { Verdict } from "../../parts/verdict";
import { to } from "../../router";
import { dateTime, duration } from "../../time";
import { useAnswer } from "../answer";
import { Title } from "../title";
import { startsOf } from "./align";
import { Alignment } from "./alignment";
import { SessionExport } from "./export";
import { ms, sessionTones, spreadOf } from "./numbers";
import { Together } from "./together";

/** One recording: who took part, when each began, how it sounds, and where its files are. */
export function One({ id }: { id: string }) {
  const w = words.value.recordings;
  const live = sessions.find(id);
  const { value: m, problem } = useAnswer<SessionManifest>(api("sessions", id, "manifest"), live);
  const { value: tracks, problem: tracksProblem } = useAnswer<SessionTracksView>(api("sessions", id, "tracks"), live);
  return (
    <div class="stack" id="recording" data-state={m ? "ready" : "loading"} data-tracks={tracks ? "ready" : "loading"}>
      <Title text={m?.recording_id ?? id}><a href={to("recordings")}>{w.title}</a></Title>
      {problem && <Empty>{problem}</Empty>}
      {m && <>
        <Card aside={<Download kind="button small" href={api("sessions", id, "manifest")} file={`${m.session_id}.json`}>{w.saveManifest}</Download>} title={<State tone={sessionTones[m.state] ?? "unknown"}>{words.value.fleet.sessionStates[m.state] ?? m.state}</State>}>
          <Facts>
            <Fact name={w.began}>{dateTime(Date.parse(m.created_at) * 1000)}</Fact>
            {m.duration_s !== null && <Fact name={w.length}>{duration(m.duration_s * 1e6)}</Fact>}
            <Fact name={w.armed}>{m.armed} / {m.modules.length}</Fact>
            {m.spread_us !== null && <Fact name={w.spread}>{spreadOf(m)}</Fact>}
          </Facts>
        </Card>
        {tracksProblem && <Empty>{tracksProblem}</Empty>}
        {tracks && <Together told={tracks} />}
        <Alignment manifest={m} />
        <Modules m={m} tracks={tracks} />
        {tracks && <SessionExport told={tracks} />}
        <p class="quiet small export-hint">{w.align} <code>chorale fleet export {m.session_id}</code></p>
      </>}
    </div>
  );
}

function Modules({ m, tracks }: { m: SessionManifest; tracks: SessionTracksView | null }) {
  const w = words.value.recordings;
  const starts = new Map(startsOf(m).map(s => [s.module, s.after]));
  return (
    <Table label={w.modules} head={[w.module, w.answer, w.firstFrame, w.clock, w.crystal, w.frames, w.gaps, w.files]}>
      {m.modules.map(one => <Row key={one.module} m={one} after={starts.get(one.module) ?? null} source={tracks?.tracks.find(t => t.module === one.module)?.source} />)}
    </Table>
  );
}

function Row({ m, after, source }: { m: ManifestModule; after: number | null; source: string | undefined }) {
  const w = words.value.recordings;
  const ppm = (m.rate_ppm ?? 0) + (m.clock_ppm ?? 0);
  return (
    <tr data-module={m.module}>
      <td><strong>{m.module}</strong></td>
      <td>{m.verdict === null ? <State tone="pending">{words.value.waiting}</State> : <Verdict verdict={m.verdict} reason={m.reason} />}{m.verdict === "confirmed" && !m.synchronised && <> <State tone="warn">{w.unsynchronised}</State></>}</td>
      <td class="nowrap" title={m.first_frame_utc ?? ""}>{after === null ? "" : `${after > 0 ? "+" : ""}${ms(after)} ms`}{m.uncertainty_us === null || after === null ? "" : ` \u00b1 ${ms(m.uncertainty_us)}`}</td>
      <td>{ms(m.clock_offset_us)} ms <span class="quiet">{w.clocks[m.clock_source] ?? m.clock_source}</span></td>
      <td>{m.rate_ppm === null ? "" : `${ppm.toLocaleString(locale.value, { maximumFractionDigits: 1, signDisplay: "exceptZero" })} ppm`}</td>
      <td class="nowrap">{m.frames === null ? "" : `${m.frames.toLocaleString(locale.value)}${m.samplerate ? ` (${duration(m.frames / m.samplerate * 1e6)})` : ""}`}</td>
      <td>{m.gaps.length > 0 ? <State tone="warn" title={m.gaps.map(g => words.value.listen.causes[g.cause] ?? g.cause).join(", ")}>{m.gaps.length}</State> : m.frames === null ? "" : 0}</td>
      <td><span class="mono">{m.files.join(" ")}</span>{source === "file" && <> <State tone="ok">{w.here}</State></>}</td>
    </tr>
  );
}
