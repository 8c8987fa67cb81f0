import type { Recorder } from "../../api/fleet";
import { api } from "../../api/http";
import type { CommandsView, SessionView } from "../../api/types";
import { words } from "../../i18n";
import { commands, sessions, snapshotAt } from "../../live/store";
import { Age } from "../../parts/age";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { Verdict } from "../../parts/verdict";
import { to } from "../../router";
import { bytes, dateTime, duration, moment } from "../../time";
import { useAnswer } from "../answer";
import { Title } from "../title";
import { useEffect } from "preact/hooks";
import { isThere } from "./chosen";
import { Asker } from "./doing";
import { Clock, Course, deviceOf, formatOf, Heard, Levels, Queue, RecorderState, Signs } from "./facts";
import { Week } from "./forms/schedule";
import { nameOf, recorderOf } from "./roster";
import { Foot } from "./tile";
import { inSight } from "./watch";
import { readWindows } from "./windows";

/** Everything that is known of one recorder, and what it was told. */
export function Detail({ id }: { id: string }) {
  const w = words.value.fleet;
  const r = recorderOf(id);
  useEffect(() => {
    inSight.add(id);
    return () => void inSight.delete(id);
  }, [id]);
  const m = r?.module;
  return (
    <div class="stack" id="recorder" data-module={id} data-presence={m?.presence ?? (r ? "upload" : "none")} data-state={m?.state ?? "unknown"}>
      <Title text={nameOf(id)}><a href={to("fleet")}>{w.allRecorders}</a></Title>
      {!r && snapshotAt.value !== null && <Empty>{w.unknownOne(id)}</Empty>}
      {r && (
        <>
          <Card title={<RecorderState r={r} />} aside={r.archive && <a class="button small" href={to("listen")}>{w.listenNow}</a>}>
            <div class={m && !isThere(m) ? "stack live away" : "stack live"}>
              <Levels r={r} />
              {m && <Course m={m} />}
              <Signs r={r} />
              <AlarmList r={r} />
              <Everything r={r} />
              {m ? <Foot id={id} /> : <p class="quiet">{w.uploadsOnlyWhy}</p>}
            </div>
          </Card>
          {m?.schedule && <ScheduleCard r={r} />}
          {m && <History id={id} />}
          {m && <ItsSessions id={id} />}
        </>
      )}
    </div>
  );
}

function AlarmList({ r }: { r: Recorder }) {
  const w = words.value;
  const all = r.module?.alarms ?? [];
  if (all.length === 0) return null;
  return <ul class="rows" aria-label={w.fleet.alarmsTitle}>{all.map(a => <li key={a} data-alarm={a}><State tone="bad">{w.alarms[a]?.name ?? a.replaceAll("_", " ")}</State><span class="grow">{w.alarms[a]?.todo ?? w.fleet.alarmUnknown}</span></li>)}</ul>;
}

function Everything({ r }: { r: Recorder }) {
  const w = words.value.fleet;
  const { module: m, archive } = r;
  return (
    <Facts>
      {m && <>
        <Fact name={w.seen}><Heard m={m} /></Fact>
        <Fact name={w.device}>{deviceOf(m)}</Fact>
        <Fact name={w.format}>{formatOf(m) || w.notSaid}</Fact>
        <Fact name={w.lag}>{m.durable_lag_ms === null ? w.notSaid : duration(m.durable_lag_ms * 1000)}</Fact>
        <Fact name={w.queue}><Queue m={m} /></Fact>
        <Fact name={w.clock}><Clock m={m} /></Fact>
        {m.version !== null && <Fact name={w.version}>{m.version}{m.link === "websocket" ? ` ${w.websocket}` : ""}</Fact>}
        {m.session !== null && <Fact name={w.session}>{m.session}</Fact>}
        {m.heartbeat_s !== null && <Fact name={w.heartbeat}>{duration(m.heartbeat_s * 1e6)}</Fact>}
        {m.unreadable > 0 && <Fact name={w.unreadable}>{m.unreadable}</Fact>}
        {typeof m.config?.["recording_dir"] === "string" && <Fact name={w.folder}><span class="mono">{m.config["recording_dir"]}</span></Fact>}
      </>}
      {archive && <Fact name={w.newestAudio}><Age us={archive.last_chunk_end_us} /> <span class="quiet small">{w.archiveOf(duration(archive.covered_us), bytes(archive.bytes))}</span></Fact>}
    </Facts>
  );
}

function ScheduleCard({ r }: { r: Recorder }) {
  const w = words.value.fleet;
  const s = r.module!.schedule!;
  const read = readWindows(s.windows);
  return (
    <Card title={w.schedule} aside={<span class="quiet">{s.source === null ? "" : w.scheduleSources[s.source] ?? s.source}</span>} id="schedule">
      <Facts>
        <Fact name={w.settings["windows"]!}><span class="mono">{s.windows}</span></Fact>
        <Fact name={w.settings["timezone"]!}>{s.timezone}</Fact>
        {r.module!.next_change_us !== null && <Fact name={w.nextChange}><time title={dateTime(r.module!.next_change_us)}>{moment(r.module!.next_change_us)}</time></Fact>}
      </Facts>
      {"windows" in read && <Week windows={read.windows} />}
    </Card>
  );
}

function History({ id }: { id: string }) {
  const w = words.value.fleet;
  const newest = commands.value.find(c => c.modules === null || c.modules.includes(id));
  const { value, problem } = useAnswer<CommandsView>(`${api("commands")}?module=${encodeURIComponent(id)}&limit=50`, `${newest?.id} ${newest?.state}`);
  return (
    <Card title={w.history} id="history">
      {problem && <Empty>{problem}</Empty>}
      {value?.commands.length === 0 && <Empty>{w.noHistory}</Empty>}
      {value && value.commands.length > 0 && <Table label={w.history} head={w.historyHead}>{value.commands.map(c => {
        const mine = c.answer?.results[0];
        return (
          <tr key={c.id} data-command={c.command}>
            <td>{moment(c.created_us)}</td><td>{w.words[c.command ?? ""] ?? c.command}{c.recording_id && <span class="mono quiet"> {c.recording_id}</span>}</td><td><Asker c={c} /></td>
            <td>{mine ? <Verdict verdict={mine.verdict} reason={mine.reason ?? mine.note} tookMs={mine.took_ms} /> : c.state === "ended" ? c.answer?.problem ?? "" : <State tone="pending">{words.value.waiting}</State>}</td>
          </tr>
        );
      })}</Table>}
    </Card>
  );
}

function ItsSessions({ id }: { id: string }) {
  const w = words.value;
  const { value } = useAnswer<{ sessions: SessionView[] }>(`${api("sessions")}?limit=50&module=${encodeURIComponent(id)}`, [...sessions.all.values()].map(s => `${s.value.session_id}${s.value.state}`).join());
  if (!value || value.sessions.length === 0) return null;
  return (
    <Card title={w.fleet.itsSessions} id="its-sessions">
      <Table label={w.fleet.itsSessions} head={[w.recordings.began, w.recordings.recordingId, w.recordings.state, w.recordings.length]}>{value.sessions.map(s => (
        <tr key={s.session_id}><td><a href={to("recordings", s.session_id)}>{moment(s.created_us)}</a></td><td class="mono">{s.recording_id}</td><td>{w.fleet.sessionStates[s.state] ?? s.state}</td><td>{s.duration_s === null ? "" : duration(s.duration_s * 1e6)}</td></tr>
      ))}</Table>
    </Card>
  );
}
