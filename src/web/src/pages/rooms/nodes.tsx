import type { RoomView } from "../../api/types";
import { words } from "../../i18n";
import { Age } from "../../parts/age";
import { Card, Empty } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { duration } from "../../time";

const tones: Record<string, Tone> = { online: "ok", late: "warn", offline: "bad", lost: "bad", unknown: "unknown" };

export function Nodes({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  return (
    <Card title={w.devices} id="nodes">
      {room.nodes.length === 0 && <Empty>{w.noNodes}</Empty>}
      <ul class="rows">{room.nodes.map(n => (
        <li key={n.id} data-node={n.id} data-presence={n.presence}>
          <span class="grow"><strong>{n.id}</strong> {n.class && <span class="quiet">{w.classes[n.class] ?? n.class}</span>}
            <span class="block quiet small">
              {/* Of a node that is there the hub tells no news: its age would only seem to grow. */}
              {n.presence !== "online" && <>{w.seen} <Age us={n.last_seen_us} /> </>}{n.outages > 0 && <>{w.outages(n.outages, duration(n.outage_seconds * 1e6))}</>}
              {n.retained && n.word && <> · {w.retained(n.word)}</>}
              {n.presence !== "online" && n.reason && <> · {n.reason}</>}
            </span>
          </span>
          {n.alarms.map(a => <State key={a} tone="bad">{words.value.alarms[a]?.name ?? a}</State>)}
          <State tone={tones[n.presence] ?? "unknown"}>{words.value.fleet.presence[n.presence] ?? n.presence}</State>
        </li>
      ))}</ul>
    </Card>
  );
}
