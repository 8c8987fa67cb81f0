import { words } from "../../i18n";
import { rooms } from "../../live/store";
import { Card, Empty } from "../../parts/card";
import { Title } from "../title";

export function RoomsPage() {
  const w = words.value.rooms;
  return (
    <div class="stack">
      <Title text={w.title} />
      {rooms.all.size === 0 && <Empty>{w.empty}</Empty>}
      <div class="grid live">{[...rooms.all.values()].map(r => <Card key={r.value.room} title={r.value.title || r.value.room} />)}</div>
    </div>
  );
}
