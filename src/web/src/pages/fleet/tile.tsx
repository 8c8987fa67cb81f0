import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../../i18n";
import { commandFleet, lastOf } from "../../live/commands";
import { mayNot } from "../../live/me";
import { Button } from "../../parts/button";
import { Outcome } from "../../parts/verdict";
import { to } from "../../router";
import { choose, chosen, isBusy, isThere, whyAway } from "./chosen";
import { Course, Levels, RecorderFacts, RecorderState, Signs } from "./facts";
import { nameOf, recorderOf } from "./roster";
import { ListenLive } from "../live/button";
import { inSight } from "./watch";

const seenBy = new WeakMap<Element, (seen: boolean) => void>();
let eye: IntersectionObserver | undefined;

/** One eye for all tiles: five hundred of them would each look for themselves at every step. */
function look(tile: Element, then: (seen: boolean) => void): () => void {
  eye ??= new IntersectionObserver(all => {
    for (const one of all) seenBy.get(one.target)?.(one.isIntersecting);
  }, { rootMargin: "600px" });
  seenBy.set(tile, then);
  eye.observe(tile);
  return () => {
    eye!.unobserve(tile);
    seenBy.delete(tile);
  };
}

/** Of five hundred recorders those are drawn that can be seen; of the others there are their names and boxes to choose them, for the keyboard and for who reads aloud. */
export function Tile({ id }: { id: string }) {
  const frame = useRef<HTMLLIElement>(null);
  const isSeen = useSignal(false);
  const isChosen = useComputed(() => chosen.value.has(id));
  const name = nameOf(id);
  useEffect(() => look(frame.current!, seen => { isSeen.value = seen; }), []);
  const seen = isSeen.value;
  useEffect(() => {
    if (!seen) return;
    inSight.add(id);
    return () => void inSight.delete(id);
  }, [seen, id]);
  return (
    <li ref={frame} class={`card tile${isChosen.value ? " picked" : ""}`} data-module={id}>
      <div class="row tile-head">
        <input type="checkbox" aria-label={words.value.fleet.choose(name)} checked={isChosen.value} onClick={e => choose(id, e.currentTarget.checked, e.shiftKey)} />
        <h2 class="grow"><a href={to("fleet", id)}>{name}</a></h2>
        {seen && <Head id={id} />}
      </div>
      {seen && <Body id={id} frame={frame} />}
    </li>
  );
}

function Head({ id }: { id: string }) {
  const r = recorderOf(id);
  return r && <RecorderState r={r} />;
}

function Body({ id, frame }: { id: string; frame: preact.RefObject<HTMLLIElement> }) {
  const r = recorderOf(id);
  const m = r?.module ?? null;
  const w = words.value.fleet;
  useLayoutEffect(() => {
    if (frame.current) Object.assign(frame.current.dataset, { presence: m?.presence ?? "upload", state: m ? m.armed_for_us !== null ? "armed" : m.state ?? "unknown" : "upload" });
  }, [m?.presence, m?.state, m?.armed_for_us]);
  if (!r) return null;
  return (
    <>
      <div class={m && !isThere(m) ? "stack tile-body away" : "stack tile-body"}>
        <Levels r={r} />
        {m && <Course m={m} />}
        <Signs r={r} />
        <RecorderFacts r={r} />
      </div>
      {m ? <Foot id={id} /> : <div class="row tile-foot"><ListenLive id={id} name={nameOf(id)} /><p class="quiet small">{w.uploadsOnlyWhy}</p></div>}
    </>
  );
}

/** Start or stop of one, and what became of it. */
export function Foot({ id }: { id: string }) {
  const w = words.value.fleet;
  const m = recorderOf(id)?.module;
  if (!m) return null;
  const target = `module:${id}`;
  const last = lastOf(target);
  const busy = last !== undefined && last.state !== "ended";
  const away = whyAway(m);
  const gone = away ?? mayNot("operate");
  const order = (what: string, command: string): void => void commandFleet(target, what, { command, modules: [id] });
  return (
    <div class="row tile-foot">
      {isBusy(m) || m.state === "recording"
        ? <Button small name="stop" shape="stop" why={gone} busy={busy} label={`${w.stop}: ${id}`} onPress={() => order(w.stop, "stop")}>{w.stop}</Button>
        : <Button small name="start" shape="record" why={gone ?? (m.state === "idle" ? null : w.notIdle)} busy={busy} label={`${w.start}: ${id}`} onPress={() => order(w.start, "start")}>{w.start}</Button>}
      <ListenLive id={id} name={nameOf(id)} why={away} />
      <Outcome asked={last} />
    </div>
  );
}
