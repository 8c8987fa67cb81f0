import { useState } from "preact/hooks";
import { api } from "../../api/http";
import type { DevicesView, NodeView, RoomView } from "../../api/types";
import { words } from "../../i18n";
import { Age } from "../../parts/age";
import { Card, Empty } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { duration, moment } from "../../time";
import { useAnswer } from "../answer";

const tones: Record<string, Tone> = { online: "ok", late: "warn", offline: "bad", lost: "bad", unknown: "unknown" };

export function Nodes({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  return (
    <Card title={w.devices} id="nodes" kind={room.connected ? "" : "away"}>
      {room.nodes.length === 0 && <Empty>{w.noNodes}</Empty>}
      <ul class="rows">{room.nodes.map(n => (
        <li key={n.id} data-node={n.id} data-presence={n.presence}>
          <span class="grow"><strong>{n.id}</strong> {n.class && <span class="quiet">{w.classes[n.class] ?? n.class}</span>}
            <span class="block quiet small">
              {/* Of a node that is there the hub tells no news: its age would only seem to grow. */}
              {n.presence !== "online" && <>{w.seen} <Age us={n.last_seen_us} /> </>}
              {n.retained && n.word && <> · {w.retained(n.word)}</>}
              {n.presence !== "online" && n.reason && <> · {n.reason}</>}
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
  const { value, problem } = useAnswer<DevicesView>(api("devices"), again);
  const all = value?.devices.find(d => d.id === id)?.outages ?? [];
  if (problem) return <p class="error-text">{problem}</p>;
  if (value && all.length === 0) return <p class="quiet">{w.noOutages}</p>;
  return <ol aria-label={w.outageList}>{[...all].reverse().slice(0, SHOWN).map(o => <li key={o.start_us}>{w.outageLine(moment(o.start_us), duration(o.seconds * 1e6), o.end_us === null)}</li>)}</ol>;
}
