import { signal } from "@preact/signals";
import { api } from "../../api/http";
import type { SessionView } from "../../api/types";
import { words } from "../../i18n";
import { sessions, snapshotAt } from "../../live/store";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/card";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { parts, to } from "../../router";
import { duration, moment } from "../../time";
import { useAnswer } from "../answer";
import { Title } from "../title";
import { matches, type Wanted } from "./filter";
import { sessionTones, spreadOf } from "./numbers";
import { One } from "./one";

const STATES = ["armed", "recording", "complete", "failed"];
const any: Wanted = { text: "", state: "", from: "", to: "" };
const wanted = signal<Wanted>(any);

export function RecordingsPage() {
  const [, id] = parts.value;
  return id === undefined ? <List /> : <One key={id} id={id} />;
}

function List() {
  const w = words.value.recordings;
  const { value, problem } = useAnswer<{ sessions: SessionView[] }>(`${api("sessions")}?limit=1000`, snapshotAt.value);
  // What was heard since is newer than what was asked for.
  const all = new Map((value?.sessions ?? []).map(s => [s.session_id, s]));
  for (const [id, s] of sessions.all) all.set(id, s.value);
  const stateWord = (state: string): string => words.value.fleet.sessionStates[state] ?? state;
  const shown = [...all.values()].filter(s => matches(s, wanted.value, stateWord)).sort((a, b) => b.created_us - a.created_us);
  return (
    <div class="stack">
      <Title text={w.title}><span class="quiet figures" role="status">{all.size > 0 && w.shown(shown.length, all.size)}</span></Title>
      {all.size > 0 && <Filter stateWord={stateWord} />}
      {problem && <Empty>{problem}</Empty>}
      {value && all.size === 0 && <Empty>{w.empty}</Empty>}
      {all.size > 0 && shown.length === 0 && <Empty>{w.noneMatch} <Button kind="bare" small onPress={() => { wanted.value = any; }}>{w.showAll}</Button></Empty>}
      {shown.length > 0 && (
        <div class="live" id="sessions"><Table label={w.title} head={[w.began, w.recordingId, w.state, w.modules, w.length, w.spread]}>
          {shown.map(s => (
            <tr key={s.session_id} data-session={s.session_id}>
              <td><a href={to("recordings", s.session_id)}>{moment(s.created_us)}</a></td><td class="mono">{s.recording_id}</td>
              <td><State tone={sessionTones[s.state] ?? "unknown"} {...(s.state === "recording" ? { shape: "record" as const } : {})}>{stateWord(s.state)}</State></td>
              <td>{words.value.fleet.sessionModules(s.confirmed, s.modules, s.complete)}</td><td>{s.duration_s === null ? "" : duration(s.duration_s * 1e6)}</td><td>{spreadOf(s)}</td>
            </tr>
          ))}
        </Table></div>
      )}
    </div>
  );
}

function Filter({ stateWord }: { stateWord: (state: string) => string }) {
  const w = words.value.recordings;
  const change = (to: Partial<Wanted>): void => { wanted.value = { ...wanted.value, ...to }; };
  return (
    <div class="row" role="search">
      <input type="search" id="recordings-filter" aria-label={w.filter} placeholder={w.filter} value={wanted.value.text} onInput={e => change({ text: e.currentTarget.value })} />
      <select id="recordings-state" aria-label={w.state} value={wanted.value.state} onChange={e => change({ state: e.currentTarget.value })}>
        <option value="">{w.anyState}</option>
        {STATES.map(s => <option key={s} value={s}>{stateWord(s)}</option>)}
      </select>
      <label class="field"><span>{words.value.listen.from}</span><input type="date" value={wanted.value.from} onChange={e => change({ from: e.currentTarget.value })} /></label>
      <label class="field"><span>{words.value.listen.to}</span><input type="date" value={wanted.value.to} onChange={e => change({ to: e.currentTarget.value })} /></label>
    </div>
  );
}
