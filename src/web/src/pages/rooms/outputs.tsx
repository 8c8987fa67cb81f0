import { useState } from "preact/hooks";
import type { OutputView, RoomView } from "../../api/types";
import { words } from "../../i18n";
import { commandRoom, lastOf } from "../../live/commands";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { whyNot, wordOf } from "./view";

const tones: Record<string, Tone> = {
  pending: "pending", confirmed: "ok", refused: "bad", timed_out: "bad", ambiguous: "warn", contradicted: "bad", lost_link: "bad", simulated: "warn", stale: "unknown", unknown: "unknown",
  cancelled: "quiet", unconfirmable: "quiet",
};

/** Every output: what it shall be, what is confirmed, how old that is; and the words its class of device understands. */
export function Outputs({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  return (
    <Card title={w.outputs} id="outputs" kind={room.connected ? "" : "away"}>
      {room.outputs.length === 0 && <Empty>{w.noOutputs}</Empty>}
      <ul class="rows">{room.outputs.map(o => <OutputRow key={o.topic} room={room} output={o} />)}</ul>
      <Free room={room} />
    </Card>
  );
}

function OutputRow({ room, output: o }: { room: RoomView; output: OutputView }) {
  const w = words.value.rooms;
  const target = `room:${room.room}:output:${o.topic}`;
  const last = lastOf(target);
  const [wanted, confirmed] = [wordOf(o.desired), wordOf(o.confirmed)];
  const send = (payload: string): void => void commandRoom(room.room, "send", target, payload, { topic: o.topic, payload });
  const busy = last !== undefined && last.state !== "ended";
  return (
    <li class={o.stale ? "old" : ""} data-output={o.topic} data-state={o.state} data-differs={o.differs}>
      <span class="grow">
        <strong>{o.title || o.topic.slice(o.topic.indexOf("/") + 1)}</strong> <span class="quiet mono small">{o.topic}</span>
        <span class="block row">
          <State tone={tones[o.state] ?? "unknown"}>{w.outputStates[o.state] ?? o.state}{confirmed && o.state === "confirmed" ? ` ${confirmed}` : ""}</State>
          {wanted && wanted !== confirmed && <span class="quiet">{w.wanted} <span class="mono">{wanted}</span></span>}
          {o.differs && <State tone="warn">{w.differs}</State>}
          {o.since_us !== null && <Age us={o.since_us} />}
        </span>
        <Outcome asked={last} />
      </span>
      {o.class === "motor" ? <Motor send={send} busy={busy} topic={o.topic} cannot={whyNot("operate", room)} /> : (
        <span class="buttons">{(o.words.length > 0 ? o.words : ["ON", "OFF"]).map(word => (
          <Button key={word} small name="word" why={whyNot("operate", room)} busy={busy} pressed={confirmed === word && o.state === "confirmed"} label={`${o.title || o.topic}: ${word}`} onPress={() => send(word)}>{word}</Button>
        ))}</span>
      )}
    </li>
  );
}

/** A motor is told speed and direction together: nothing turns before ON is pressed. */
function Motor({ send, busy, topic, cannot }: { send: (payload: string) => void; busy: boolean; topic: string; cannot: string | null }) {
  const w = words.value.rooms;
  const [speed, setSpeed] = useState(50);
  const [left, setLeft] = useState(true);
  const [ramp, setRamp] = useState("");
  const wrong = ramp !== "" && !(/^\d+$/.test(ramp) && Number(ramp) <= 60_000);
  return (
    <span class="buttons motor">
      <label class="field"><span>{w.speed}</span><input type="range" min={0} max={100} step={5} value={speed} aria-label={`${topic}: ${w.speed}`} aria-valuetext={`${speed} %`} onInput={e => setSpeed(Number(e.currentTarget.value))} /><output class="figures">{speed} %</output></label>
      <Button small pressed={left} label={`L: ${w.turnLeft}`} shape="left" onPress={() => setLeft(true)}>L</Button>
      <Button small pressed={!left} label={`R: ${w.turnRight}`} shape="right" onPress={() => setLeft(false)}>R</Button>
      <label class="field"><span>{w.ramp}</span><input class="ramp" inputMode="numeric" maxLength={5} value={ramp} aria-label={`${topic}: ${w.ramp}`} aria-invalid={wrong || undefined} onInput={e => setRamp(e.currentTarget.value.trim())} /></label>
      <Button small name="word" why={cannot ?? (wrong ? w.rampAllowed : null)} busy={busy} onPress={() => send(`ON:${speed}:${left ? "L" : "R"}${ramp === "" ? "" : `:${ramp}`}`)}>ON</Button>
      <Button small name="word" why={cannot} busy={busy} onPress={() => send("OFF")}>OFF</Button>
    </span>
  );
}

/** Any message on any topic of the room; what it may do is the hub's to say. */
function Free({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  const [topic, setTopic] = useState(`${room.room}/`);
  const [payload, setPayload] = useState("");
  const target = `room:${room.room}:free`;
  const last = lastOf(target);
  const known = room.outputs.some(o => o.topic === topic);
  const why = whyNot(known ? "operate" : "send_raw", room) ?? (!topic.startsWith(`${room.room}/`) || topic.length <= room.room.length + 1 ? w.topicBegins(`${room.room}/`) : null);
  return (
    <details class="free">
      <summary>{w.free}</summary>
      <form class="row" onSubmit={e => { e.preventDefault(); if (!why) void commandRoom(room.room, "send", target, `${topic} ${payload}`, { topic, payload }); }}>
        <label class="field grow"><span>{w.topic}</span><input class="mono" value={topic} maxLength={200} spellcheck={false} onInput={e => setTopic(e.currentTarget.value)} /></label>
        <label class="field grow"><span>{w.message}</span><input class="mono" value={payload} maxLength={1000} spellcheck={false} onInput={e => setPayload(e.currentTarget.value)} /></label>
        <Button name="send" why={why} busy={last?.state === "sending"} onPress={() => void commandRoom(room.room, "send", target, `${topic} ${payload}`, { topic, payload })}>{w.send}</Button>
      </form>
      <Outcome asked={last} />
    </details>
  );
}
