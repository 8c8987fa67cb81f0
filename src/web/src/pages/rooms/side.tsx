import type { RoomView } from "../../api/types";
import { words } from "../../i18n";
import { byOf, reasonOf } from "../../i18n/say";
import { commandRoom, lastOf } from "../../live/commands";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { running } from "../../time";
import { sinceHeard, whyNot } from "./view";

/** The room's own buttons, as if somebody stood there and pressed them. */
export function Buttons({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  if (room.buttons.length === 0) return null;
  return (
    <Card title={w.buttons} id="buttons">
      <ul class="press">{room.buttons.map(b => {
        const target = `room:${room.room}:button:${b.name}`;
        const last = lastOf(target);
        return (
          <li key={b.name} data-button={b.name}>
            <Button name="press" why={whyNot()} busy={last?.state === "sending"} onPress={() => void commandRoom(room.room, "button", target, b.title || b.name, { name: b.name })}>{b.title || b.name}</Button>
            <Outcome asked={last} />
          </li>
        );
      })}</ul>
    </Card>
  );
}

const tones: Record<string, Tone> = { idle: "quiet", playing: "ok", paused: "pending", starting: "pending", down: "bad", unknown: "unknown", none: "quiet" };

export function Player({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  const p = room.player;
  if (!p || p.kind === "none") return null;
  const more = p.state === "playing" ? sinceHeard(room) / 1000 : 0;
  return (
    <Card title={w.player} id="player-of-room" aside={<State tone={tones[p.state] ?? "unknown"}>{w.playerStates[p.state] ?? p.state}</State>}>
      {p.problem && <p class="error-text">{p.problem}</p>}
      {p.playing.length === 0 && !p.problem && <p class="quiet">{w.nothingPlays}</p>}
      <ul class="rows">{p.playing.map(f => (
        <li key={f.file}><span class="grow mono">{f.file}</span><span class="quiet">{w.media[f.kind] ?? f.kind}</span>{f.position_s !== null && <span class="figures">{running((f.position_s + more) * 1000)}</span>}</li>
      ))}</ul>
    </Card>
  );
}

/** The last STOP: who pressed it, and who confirmed that it stopped. */
export function LastStop({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  const asked = lastOf(`room:${room.room}:stop`);
  const s = room.stop;
  if (!s && !asked) return null;
  const all = s !== null && s.confirmed >= s.expected;
  return (
    <p class="row last-stop" id="last-stop" data-verdict={s?.verdict ?? "none"}>
      {s && <State tone={s.owed ? "warn" : s.verdict === null ? "pending" : all ? "ok" : s.verdict === "simulated" ? "warn" : "bad"} {...(s.reason ? { title: reasonOf(s.reason) } : {})}>{s.owed ? w.stopOwed : s.verdict === "simulated" ? w.stopSimulated : w.stopSaid(s.confirmed, s.expected)}</State>}
      {s && <Age us={s.at_us} />}
      {s && <span class="quiet">{w.stopAt(byOf(s.by ?? ""), s.tries)}</span>}
      <Outcome asked={asked} />
    </p>
  );
}
