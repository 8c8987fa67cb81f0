import { useEffect, useState } from "preact/hooks";
import { api, getJson } from "../../api/http";
import type { DevicesView, NodeView, RoomView } from "../../api/types";
import { words } from "../../i18n";
import { again as askAgain } from "../../live/again";
import { link } from "../../live/connection";
import { Age } from "../../parts/age";
import { Card, Empty } from "../../parts/card";
import { reasonOf } from "../../i18n/say";
import { State, type Tone } from "../../parts/state";
import { duration, moment } from "../../time";
import { useAnswer } from "../answer";

const tones: Record<string, Tone> = { online: "ok", late: "warn", offline: "bad", lost: "bad", unknown: "unknown" };

export function Nodes({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  const heard = useHeard();
  return (
    <Card title={w.devices} id="nodes" kind={room.connected ? "" : "away"}>
      {room.nodes.length === 0 && <Empty>{w.noNodes}</Empty>}
      <ul class="rows">{room.nodes.map(n => (
        <li key={n.id} data-node={n.id} data-presence={n.presence}>
          <span class="grow"><strong>{n.id}</strong> {n.class && <span class="quiet">{w.classes[n.class] ?? n.class}</span>}
            <span class="block quiet small">
              {w.seen} <Age us={latest(n.last_seen_us, heard.get(n.id))} />
              {n.retained && n.word && <> · {w.retained(n.word)}</>}
              {n.presence !== "online" && n.reason && <> · {reasonOf(n.reason)}</>}
            </span>
            {n.outages > 0 && <Outages node={n} />}
          </span>
          {n.alarms.map(a => <State key={a} tone="bad">{words.value.alarms[a]?.name ?? a}</State>)}
          <State tone={tones[n.presence] ?? "unknown"}>{words.value.fleet.presence[n.presence] ?? n.presence}</State>
        </li>
      ))}</ul>
    </Card>
  );
}

const latest = (a: number | null, b: number | null | undefined): number | null => (a === null && !b ? null : Math.max(a ?? 0, b ?? 0));

const ASK_MS = 5_000;

/** When each was heard last. Of a node that is there the hub tells no news with each beat; it is asked while somebody looks. */
function useHeard(): ReadonlyMap<string, number | null> {
  const [heard, setHeard] = useState<ReadonlyMap<string, number | null>>(new Map());
  const turn = askAgain.value;
  useEffect(() => {
    const gone = new AbortController();
    const look = (): void => {
      if (document.hidden || link.peek() !== "live") return;
      getJson<DevicesView>(api("devices"), gone.signal).then(told => setHeard(new Map(told.devices.map(d => [d.id, d.last_seen_us]))), () => {}); // its age goes on and says so
    };
    look();
    const timer = setInterval(look, ASK_MS);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [turn]);
  return heard;
}

const SHOWN = 20;

/** How often it was away, and on asking when and for how long each time. */
function Outages({ node: n }: { node: NodeView }) {
  const w = words.value.rooms;
  const [open, setOpen] = useState(false);
  return (
    <details class="small outages" data-outages={n.id} open={open} onToggle={e => setOpen(e.currentTarget.open)}>
      <summary class="quiet">{w.outages(n.outages, duration(n.outage_seconds * 1e6))}</summary>
      {open && <OutageList id={n.id} again={`${n.outages} ${n.presence}`} />}
    </details>
  );
}

function OutageList({ id, again }: { id: string; again: string }) {
  const w = words.value.rooms;
  const { value, problem } = useAnswer<DevicesView>(api("devices"), `${again} ${askAgain.value}`);
  const all = value?.devices.find(d => d.id === id)?.outages ?? [];
  if (problem) return <p class="error-text">{problem}</p>;
  if (value && all.length === 0) return <p class="quiet">{w.noOutages}</p>;
  return <ol aria-label={w.outageList}>{[...all].reverse().slice(0, SHOWN).map(o => <li key={o.start_us}>{w.outageLine(moment(o.start_us), duration(o.seconds * 1e6), o.end_us === null)}</li>)}</ol>;
}
