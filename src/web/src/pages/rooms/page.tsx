import type { RoomView } from "../../api/types";
import { words } from "../../i18n";
import { rooms, snapshotAt } from "../../live/store";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { State, type Tone } from "../../parts/state";
import { parts, to } from "../../router";
import { Title } from "../title";
import { Editor } from "./editor";
import { RoomLog } from "./log";
import { Nodes } from "./nodes";
import { Outputs } from "./outputs";
import { RunCard } from "./run-card";
import { Runs, Trace } from "./runs";
import { Scenes } from "./scenes";
import { Buttons, LastStop, Player } from "./side";

export function RoomsPage() {
  const [, id, tab, name] = parts.value;
  const all = rooms.all;
  const only = all.size === 1 ? [...all.keys()][0] : undefined;
  const room = rooms.find(id ?? only ?? "");
  if (room) return tab === "scenes" && name !== undefined ? <Editor key={`${room.room}/${name}`} room={room} name={name} /> : <Room room={room} tab={tab ?? "now"} rest={name} />;
  const w = words.value.rooms;
  return (
    <div class="stack">
      <Title text={w.title} />
      {snapshotAt.value !== null && all.size === 0 && <Empty>{w.empty}</Empty>}
      {id !== undefined && all.size > 0 && <Empty>{w.noSuchRoom(id)}</Empty>}
      <div class="grid live">{[...all.values()].map(r => <RoomCard key={r.value.room} room={r.value} />)}</div>
    </div>
  );
}

const tones: Record<string, Tone> = { idle: "quiet", running: "ok", stopping: "pending", held: "warn" };

function RoomCard({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  return (
    <Card title={<a href={to("rooms", room.room)}>{room.title || room.room}</a>} aside={<State tone={tones[room.state] ?? "unknown"}>{w.states[room.state] ?? room.state}</State>}>
      <Facts>
        <Fact name={w.scene}>{room.run ? `${room.run.scene}: ${room.run.state}` : w.none}</Fact>
        <Fact name={w.nodes}>{room.nodes.filter(n => n.presence === "online").length} / {room.nodes.length}</Fact>
      </Facts>
    </Card>
  );
}

function Room({ room, tab, rest }: { room: RoomView; tab: string; rest: string | undefined }) {
  const w = words.value.rooms;
  const many = rooms.all.size > 1;
  return (
    <div class="stack" data-room={room.room} data-room-state={room.state}>
      <Title text={room.title || room.room}>
        <div class="row live"><State tone={tones[room.state] ?? "unknown"} {...(room.state === "running" ? { shape: "play" as const } : {})}>{w.states[room.state] ?? room.state}</State><LastStop room={room} /></div>
      </Title>
      {many && tab === "now" && <p><a href="#/rooms">{w.allRooms}</a></p>}
      <Link room={room} />
      {room.problems.length > 0 && <Problems problems={room.problems} />}
      <nav class="tabs" aria-label={room.title || room.room}>
        {(["now", "log", "runs"] as const).map(t => <a key={t} href={t === "now" ? to("rooms", room.room) : to("rooms", room.room, t)} aria-current={tab === t ? "page" : undefined}>{w.tabs[t]}</a>)}
      </nav>
      {tab === "log" ? <RoomLog room={room.room} /> : tab === "runs" ? rest === undefined ? <Runs room={room.room} /> : <Trace room={room.room} id={rest} /> : <Now room={room} />}
    </div>
  );
}

/** What is wrong with the room's own files. */
function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <details class="banner warn room-problems" id="room-problems" open={problems.length < 4}>
      <summary>{words.value.rooms.fileProblems(problems.length)}</summary>
      <ul>{problems.map(p => <li key={p}>{p}</li>)}</ul>
    </details>
  );
}

/** Whether what is pressed here reaches anybody. */
function Link({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  if (room.connected && !room.simulated) return null;
  return (
    <p class="banner warn" id="room-link" data-state={room.simulated ? "simulated" : "no-link"}>
      <Icon shape="warn" /><span>{room.simulated ? w.simulated : w.noLink}{room.link_problem ? ` (${room.link_problem})` : ""}</span>
    </p>
  );
}

function Now({ room }: { room: RoomView }) {
  return (
    <div class="room live">
      <div class="stack">
        {room.run && <RunCard room={room} run={room.run} />}
        <Scenes room={room} />
        <Outputs room={room} />
      </div>
      <div class="stack"><Buttons room={room} /><Player room={room} /><Nodes room={room} /></div>
    </div>
  );
}
