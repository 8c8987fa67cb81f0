import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, getJson } from "../../api/http";
import type { GraphView, RoomView, RunView, Wait } from "../../api/types";
import { words } from "../../i18n";
import { byOf } from "../../i18n/say";
import { commandRoom, lastOf } from "../../live/commands";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { State } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { moment, running } from "../../time";
import { Graph } from "./graph";
import { sinceTaken, whyNot } from "./view";

/** The graph of a scene's file as it is now; asked for anew when the file changes. */
export function useGraph(room: string, scene: string | null, modified: number | null): GraphView | null {
  const graph = useSignal<GraphView | null>(null);
  useEffect(() => {
    graph.value = null;
    if (scene === null) return;
    const gone = new AbortController();
    getJson<GraphView>(api("rooms", room, "scenes", scene, "graph"), gone.signal).then(found => { graph.value = found; }, () => {}); // a scene that cannot be read has none
    return () => gone.abort();
  }, [room, scene, modified]);
  return graph.value;
}

export function RunCard({ room, run }: { room: RoomView; run: RunView }) {
  const w = words.value.rooms;
  const graph = useGraph(room.room, run.scene, room.scenes.find(s => s.name === run.scene)?.modified_us ?? null);
  return (
    <Card id="run" title={run.scene} kind="run" aside={<>
      <State tone={room.state === "stopping" ? "pending" : room.state === "held" ? "warn" : "ok"} shape={room.state === "held" ? "pause" : "play"}>{w.states[room.state] ?? room.state}</State>
      <span class="quiet">{w.since(moment(run.started_us))}{run.by ? ` · ${w.by(byOf(run.by))}` : ""}</span>
    </>}>
      <div class="run-state" data-state={run.state}>
        <p class="run-now"><span class="quiet">{w.state}</span> <strong>{run.state}</strong></p>
        <Clocks room={room} run={run} />
      </div>
      {graph && <Graph graph={graph} room={room.room} now={run.state} />}
      <div class="run-lists"><NextCues room={room} run={run} /><Waits room={room} run={run} /></div>
      {run.pass > 1 && <p class="quiet">{w.pass(run.pass)}</p>}
      {room.queue.length > 0 && <p class="quiet">{w.queued}: {room.queue.join(", ")}</p>}
    </Card>
  );
}

function Clocks({ room, run }: { room: RoomView; run: RunView }) {
  const w = words.value.rooms;
  const more = sinceTaken(room);
  const late = run.lateness_ms;
  return (
    <dl class="clocks figures">
      <div><dt>{w.inState}</dt><dd id="in-state">{running(run.state_elapsed_ms + more)}</dd></div>
      <div><dt>{w.inScene}</dt><dd>{running(run.elapsed_ms + more)}</dd></div>
      {late?.p99 !== null && late?.p99 !== undefined && <div><dt>{w.late}</dt><dd title={w.lateness(late.p50 ?? 0, late.p99, late.max ?? late.p99)}>{late.p99.toFixed(2)} ms</dd></div>}
    </dl>
  );
}

function NextCues({ room, run }: { room: RoomView; run: RunView }) {
  const w = words.value.rooms;
  const more = sinceTaken(room);
  return (
    <section aria-label={w.next}>
      <h3>{w.next}</h3>
      {run.next.length === 0 && <p class="quiet">{w.noCues}</p>}
      <ol class="cues">{run.next.slice(0, 6).map(c => (
        <li key={c.path} title={c.path}><span class="countdown figures">{running(Math.max(0, c.in_ms - more))}</span><span class="mono">{c.topic ?? c.action}</span> <strong class="mono">{c.message}</strong></li>
      ))}</ol>
    </section>
  );
}

function Waits({ room, run }: { room: RoomView; run: RunView }) {
  const w = words.value.rooms;
  return (
    <section aria-label={w.waits}>
      <h3>{w.waits}</h3>
      {run.waits.length === 0 && <p class="quiet">{w.noWaits}</p>}
      <ul class="waits">{run.waits.map((wait, i) => <WaitRow key={i} room={room} wait={wait} />)}</ul>
    </section>
  );
}

function WaitRow({ room, wait }: { room: RoomView; wait: Wait }) {
  const w = words.value.rooms;
  const target = `room:${room.room}:wait:${wait.topic}`;
  const more = wait.left_ms === null ? 0 : sinceTaken(room);
  return (
    <li>
      <span class="grow">
        {wait.type === "timeout" ? <span class="figures">{running(Math.max(0, (wait.left_ms ?? 0) - more))}</span>
          : wait.topic !== null ? <span class="mono">{wait.topic} <strong>{wait.message}</strong></span>
          : <>{w.waitTypes[wait.type] ?? wait.type} {wait.target && <span class="mono">{wait.target}</span>}</>}
        {" "}<span class="quiet">{"\u2192"} {wait.goto}{wait.is_global ? ` (${w.anywhere})` : ""}</span>
      </span>
      {wait.topic !== null && <>
        <Button small name="trigger" why={whyNot()} busy={lastOf(target)?.state === "sending"} label={w.sendThis(wait.topic, wait.message ?? "")}
          onPress={() => void commandRoom(room.room, "event", target, wait.message ?? "", { topic: wait.topic, message: wait.message ?? "" })}>{w.send}</Button>
        <Outcome asked={lastOf(target)} />
      </>}
    </li>
  );
}
