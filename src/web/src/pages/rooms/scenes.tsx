import { useSignal } from "@preact/signals";
import type { RoomView, SceneSummary } from "../../api/types";
import { words } from "../../i18n";
import { commandRoom, lastOf } from "../../live/commands";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { State } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { to } from "../../router";
import { draftOf, unsavedOf } from "./drafts";
import { whyNot } from "./view";

export function Scenes({ room }: { room: RoomView }) {
  const w = words.value.rooms;
  return (
    <Card title={w.scenes} id="scenes" aside={room.run && <span class="quiet">{w.onTrigger[String(room.policies["on_trigger"])] ?? ""}</span>}>
      {room.scenes.length === 0 && <Empty>{w.noScenes(room.room)}</Empty>}
      <ul class="rows">
        {room.scenes.map(s => <SceneRow key={s.name} room={room} scene={s} />)}
        {unsavedOf(room.room).filter(name => !room.scenes.some(s => s.name === name)).map(name => <li key={name} data-draft={name}><span class="grow"><a href={to("rooms", room.room, "scenes", name)}><strong>{name}</strong></a> <Unsaved /></span></li>)}
      </ul>
      <NewScene room={room.room} />
    </Card>
  );
}

function NewScene({ room }: { room: string }) {
  const w = words.value.rooms;
  const name = useSignal("");
  return (
    <details class="free">
      <summary>{w.newScene}</summary>
      <form class="row" onSubmit={e => { e.preventDefault(); if (name.value.trim()) location.hash = to("rooms", room, "scenes", name.value.trim()).slice(1); }}>
        <input aria-label={w.newSceneName} placeholder={w.newSceneName} value={name.value} maxLength={64} spellcheck={false} onInput={e => { name.value = e.currentTarget.value; }} />
        <button type="submit" class="button">{w.make}</button>
      </form>
    </details>
  );
}

const Unsaved = (): preact.JSX.Element => <State tone="warn">{words.value.rooms.unsaved}</State>;

function SceneRow({ room, scene }: { room: RoomView; scene: SceneSummary }) {
  const w = words.value.rooms;
  const target = `room:${room.room}:scene:${scene.name}`;
  const last = lastOf(target);
  const runs = room.run?.scene === scene.name;
  const why = whyNot() ?? (scene.errors > 0 ? w.hasErrors : room.state !== "idle" && room.policies["on_trigger"] === "ignore" ? w.another : null);
  return (
    <li data-scene={scene.name} data-state={runs ? "running" : scene.errors > 0 ? "broken" : "ready"}>
      <span class="grow">
        <a href={to("rooms", room.room, "scenes", scene.name)}><strong>{scene.name}</strong></a>{" "}
        {runs && <State tone="ok" shape="play">{w.states["running"]}</State>}{" "}
        {scene.is_default && <State tone="quiet">{w.isDefault}</State>}{" "}
        {scene.is_ambient && <State tone="quiet">{w.isAmbient}</State>}{" "}
        {scene.errors > 0 && <State tone="bad">{w.errors(scene.errors)}</State>}{" "}
        {scene.warnings > 0 && <State tone="warn">{w.warnings(scene.warnings)}</State>}{" "}
        {draftOf(room.room, scene.name) && <Unsaved />}
        {scene.description && <span class="quiet block">{scene.description}</span>}
      </span>
      <Outcome asked={last} />
      <Button name="run" kind={scene.is_default ? "primary" : "plain"} shape="play" why={why} busy={last !== undefined && last.state !== "ended"} label={w.runScene(scene.name)}
        onPress={() => void commandRoom(room.room, "run", target, w.run, { scene: scene.name })}>{w.run}</Button>
    </li>
  );
}
