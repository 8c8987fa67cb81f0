import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ModuleView } from "../../api/types";
import { words } from "../../i18n";
import { commandFleet, lastOf } from "../../live/commands";
import { link } from "../../live/connection";
import { mayNot } from "../../live/me";
import { levelsOf, modules } from "../../live/store";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Fact, Facts } from "../../parts/card";
import { Meter } from "../../parts/meter";
import { State, type Tone } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { bytes, duration, second } from "../../time";
import { choose } from "./page";
import { inSight } from "./watch";

const FRESH_MS = 1_500;

const tones: Record<string, Tone> = { online: "ok", late: "warn", lost: "bad", offline: "bad", unknown: "unknown" };

/** Of five hundred modules those are drawn that can be seen; of the others there are their names, for who searches or reads aloud. */
export function Tile({ id, isChosen }: { id: string; isChosen: boolean }) {
  const frame = useRef<HTMLLIElement>(null);
  const isSeen = useSignal(false);
  useEffect(() => {
    const watch = new IntersectionObserver(all => { isSeen.value = all.at(-1)!.isIntersecting; }, { rootMargin: "400px" });
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);
  const seen = isSeen.value;
  useEffect(() => {
    if (!seen) return;
    inSight.add(id);
    return () => void inSight.delete(id);
  }, [seen, id]);
  return <li ref={frame} class="card tile" data-module={id}>{isSeen.value ? <Body id={id} isChosen={isChosen} frame={frame} /> : <h2>{id}</h2>}</li>;
}

function Body({ id, isChosen, frame }: { id: string; isChosen: boolean; frame: preact.RefObject<HTMLLIElement> }) {
  const m = modules.find(id);
  const w = words.value.fleet;
  useLayoutEffect(() => {
    if (frame.current) Object.assign(frame.current.dataset, { presence: m?.presence ?? "", state: m?.state ?? "unknown" });
  }, [m?.presence, m?.state]);
  if (!m) return null;
  const target = `module:${id}`;
  const last = lastOf(target);
  const busy = last !== undefined && last.state !== "ended";
  const gone = link.value !== "live" ? words.value.shell.hubGone : m.presence !== "online" && m.presence !== "late" ? w.notThere : mayNot("operate");
  const order = (what: string, command: string): void => void commandFleet(target, what, { command, modules: [id] });
  return (
    <>
      <div class="row">
        <input type="checkbox" aria-label={w.choose(id)} checked={isChosen} onChange={e => choose(id, e.currentTarget.checked)} />
        <h2 class="grow">{id}</h2>
        <ModuleState m={m} />
      </div>
      <Levels id={id} m={m} />
      {m.alarms.length > 0 && <p class="row">{m.alarms.map(a => <State key={a} tone="bad">{words.value.alarms[a]?.name ?? a.replaceAll("_", " ")}</State>)}</p>}
      {m.error && <p class="error-text">{m.error}</p>}
      <Facts>
        <Fact name={w.seen}><Age us={m.last_seen_us} /></Fact>
        {m.recording_id && <Fact name={w.recordingId}><span class="mono">{m.recording_id}</span></Fact>}
        {m.queue_chunks !== null && m.queue_chunks > 0 && <Fact name={w.queue}>{w.chunks(m.queue_chunks)}{m.queue_bytes ? `, ${bytes(m.queue_bytes)}` : ""}</Fact>}
        {m.durable_lag_ms !== null && <Fact name={w.lag}>{duration(m.durable_lag_ms * 1000)}</Fact>}
        {m.clock_offset_us !== null && <Fact name={w.clock}>{`${(m.clock_offset_us / 1000).toFixed(2)} ms`}{m.clock_uncertainty_us !== null && ` \u00b1 ${(m.clock_uncertainty_us / 1000).toFixed(2)}`}</Fact>}
      </Facts>
      <div class="row tile-foot">
        {m.state === "recording"
          ? <Button small name="stop" shape="stop" why={gone} busy={busy} onPress={() => order(w.stop, "stop")}>{w.stop}</Button>
          : <Button small name="start" shape="record" why={gone ?? (m.state === "idle" ? null : w.notIdle)} busy={busy} onPress={() => order(w.start, "start")}>{w.start}</Button>}
        <Outcome asked={last} />
      </div>
    </>
  );
}

function ModuleState({ m }: { m: ModuleView }) {
  const w = words.value.fleet;
  if (m.presence !== "online") return <State tone={tones[m.presence] ?? "unknown"}>{w.presence[m.presence] ?? m.presence}</State>;
  if (m.error) return <State tone="bad">{w.error}</State>;
  if (m.state === "recording") return <State tone="ok" shape="record">{w.recording}</State>;
  return <State tone={m.state === "idle" ? "quiet" : "pending"}>{m.state === "idle" ? w.idle : m.state ?? "?"}{m.continuous ? ` · ${w.continuous}` : ""}</State>;
}

/** Ten times a second while it is looked at, else what the last status said. */
function Levels({ id, m }: { id: string; m: ModuleView }) {
  second.value;
  const live = levelsOf(id).value;
  const fresh = live !== null && performance.now() - live.at < FRESH_MS;
  const rms = fresh ? Math.max(...live.rms) : m.levels_dbfs?.length ? Math.max(...m.levels_dbfs) : null;
  return <div class="tile-level" data-live={fresh}><Meter rms={rms} peak={fresh ? Math.max(...live.peak) : null} title={fresh ? words.value.fleet.liveLevel : words.value.fleet.statusLevel} /></div>;
}
