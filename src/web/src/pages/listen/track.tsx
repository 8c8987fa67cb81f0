import { useLayoutEffect, useRef } from "preact/hooks";
import type { RecorderView } from "../../api/types";
import { locale, words } from "../../i18n";
import { Button } from "../../parts/button";
import { Meter } from "../../parts/meter";
import { State } from "../../parts/state";
import { clock, dateTime, duration, nowUs, second } from "../../time";
import { ListenLive } from "../live/button";
import { draw, line, outline, ticks } from "./draw";
import { choose, chooseEnd, chooseUsual, stretch } from "./stretch";
import { audio, peaks, play, playedUs, playing, told, view } from "./state";

/** Less is a trembling hand. */
const DRAG_PX = 5;
const NEWS_US = 15 * 60e6;

/** One recorder: how it is, and its timeline, from which it plays. */
export function Track({ recorder }: { recorder: RecorderView }) {
  const name = recorder.name ?? recorder.id;
  return (
    <article class="card track-card live" data-recorder={recorder.id}>
      <Head recorder={recorder} name={name} />
      <Line id={recorder.id} name={name} />
    </article>
  );
}

function Head({ recorder, name }: { recorder: RecorderView; name: string }) {
  second.value;
  const w = words.value.listen;
  const age = recorder.last_chunk_end_us === null ? null : Math.max(0, nowUs() - recorder.last_chunk_end_us);
  const late = age === null || age > NEWS_US;
  const trouble = (recorder.state !== null && recorder.state !== "ok") || recorder.last_label !== null;
  const text = trouble ? recorder.last_label ?? recorder.state!.replaceAll("_", " ").replaceAll(",", ", ") : late ? w.nothingNew : w.arriving;
  const rms = recorder.rms_dbfs?.length ? Math.max(...recorder.rms_dbfs) : null;
  const peak = recorder.peak_dbfs?.length ? Math.max(...recorder.peak_dbfs) : null;
  return (
    <div class="row track-head">
      <h2 class="grow">{name}</h2>
      <State tone={trouble ? "bad" : late ? "warn" : "ok"} title={w.lastChunkState}>{text}</State>
      <Meter rms={rms} peak={peak} title={w.lastChunkLevel} />
      {recorder.clipped_samples ? <span class="quiet figures">{w.clipped(recorder.clipped_samples)}</span> : null}
      <ListenLive id={recorder.id} name={name} />
      <Button small name="export" onPress={() => chooseUsual(recorder.id)}>{w.exportButton}</Button>
      <span class="age quiet figures" title={age === null ? "" : w.endsAt(dateTime(recorder.last_chunk_end_us!))}>{age === null ? w.noChunk : w.old(duration(age))}</span>
    </div>
  );
}

function Line({ id, name }: { id: string; name: string }) {
  const svg = useRef<SVGSVGElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const cursor = useRef<number | null>(null);
  const drag = useRef<number | null>(null);
  const has = told.value;
  const timeline = has?.recorders.find(r => r.id === id);
  const wave = peaks.value.get(id) ?? null;
  const shown = view.value;
  const language = locale.value;

  const showCursor = (): void => {
    if (!svg.current || !slider.current) return;
    line(svg.current, "cursor", cursor.current, shown);
    const at = cursor.current ?? Math.min(nowUs(), shown.to);
    const values: [string, number][] = [["min", shown.from], ["max", shown.to], ["now", Math.round(at)]];
    for (const [what, value] of values) slider.current.setAttribute("aria-value" + what, String(value));
    slider.current.setAttribute("aria-valuetext", words.value.listen.enterPlays(clock(at)));
  };

  useLayoutEffect(() => {
    if (!svg.current) return;
    if (has && timeline) draw(svg.current, timeline, has.bucket_us, shown, nowUs());
    else svg.current.replaceChildren();
    showCursor();
  }, [has, timeline, shown, language]);
  useLayoutEffect(() => {
    if (svg.current) outline(svg.current, wave, shown);
  }, [has, timeline, wave, shown, language]);

  const key = (e: KeyboardEvent): void => {
    const length = shown.to - shown.from;
    const step = length / (e.shiftKey ? 20 : 200);
    const spans = timeline?.spans ?? [];
    let at = cursor.current ?? Math.min(nowUs(), shown.from + length / 2);
    if (e.key === "ArrowLeft") at -= step;
    else if (e.key === "ArrowRight") at += step;
    else if (e.key === "Home") at = spans[0]?.from_us ?? shown.from;
    else if (e.key === "End") at = (spans.at(-1)?.to_us ?? shown.to) - 10e6;
    else if (e.key === "Enter") return play(id, name, at);
    else if (e.key === "[" || e.key === "]") return chooseEnd(id, e.key === "[" ? "from" : "to", at);
    else if (e.key === " ") {
      e.preventDefault();
      if (audio?.paused) void audio.play().catch(() => {});
      else audio?.pause();
      return;
    } else return;
    e.preventDefault();
    cursor.current = Math.max(shown.from, Math.min(shown.to, at));
    showCursor();
  };

  const usAt = (clientX: number): number => {
    const rect = slider.current!.getBoundingClientRect();
    return shown.from + Math.max(0, Math.min(1, (clientX - rect.left) / rect.width)) * (shown.to - shown.from);
  };
  // A press that does not move plays; one that is drawn chooses a stretch. Fingers scroll, so they only tap.
  const down = (e: PointerEvent): void => {
    if (e.button !== 0 || e.pointerType === "touch") return;
    drag.current = e.clientX;
    slider.current!.setPointerCapture(e.pointerId);
  };
  const moved = (e: PointerEvent): boolean => drag.current !== null && Math.abs(e.clientX - drag.current) > DRAG_PX;
  const draws = (e: PointerEvent): void => { if (moved(e)) choose(id, usAt(drag.current!), usAt(e.clientX)); };
  const up = (e: PointerEvent): void => {
    const chose = moved(e);
    if (e.pointerType === "touch" || drag.current !== null) if (!chose) play(id, name, usAt(e.clientX));
    drag.current = null;
  };

  return (
    <>
      <div class="track" ref={slider} tabIndex={0} role="slider" aria-label={words.value.listen.timelineOf(name)} onPointerDown={down} onPointerMove={draws} onPointerUp={up} onPointerCancel={() => { drag.current = null; }} onKeyDown={key}>
        <svg ref={svg} aria-hidden="true" />
        <Chosen id={id} />
        <Mark id={id} />
      </div>
      <Hours />
    </>
  );
}

/** The chosen stretch. */
function Chosen({ id }: { id: string }) {
  const s = stretch.value;
  const { from, to } = view.value;
  if (s?.id !== id || s.to <= from || s.from >= to) return null;
  const x = (us: number): number => Math.max(0, Math.min(10000, (us - from) / (to - from) * 10000));
  return <svg class="over" viewBox="0 0 10000 100" preserveAspectRatio="none" aria-hidden="true"><rect class="chosen" x={x(s.from)} width={Math.max(10, x(s.to) - x(s.from))} height="100" /></svg>;
}

/** Where it plays. A drawing of its own: it moves four times a second. */
function Mark({ id }: { id: string }) {
  const svg = useRef<SVGSVGElement>(null);
  const mine = playing.value?.id === id;
  const shown = view.value;
  useLayoutEffect(() => {
    if (!svg.current || !mine) return;
    const show = (): void => { if (svg.current) line(svg.current, "mark", playedUs(), shown); };
    show();
    audio?.addEventListener("timeupdate", show);
    return () => audio?.removeEventListener("timeupdate", show);
  }, [mine, shown, told.value]);
  return mine ? <svg ref={svg} class="over" viewBox="0 0 10000 100" preserveAspectRatio="none" aria-hidden="true" /> : null;
}

function Hours() {
  const frame = useRef<HTMLDivElement>(null);
  const shown = view.value;
  const language = locale.value;
  useLayoutEffect(() => {
    if (!frame.current) return;
    frame.current.replaceChildren(...ticks(shown, frame.current.clientWidth / 80).map(tick => {
      const mark = document.createElement("span");
      const part = (tick.us - shown.from) / (shown.to - shown.from);
      mark.textContent = tick.text;
      mark.style.left = `${part * 100}%`;
      mark.className = part < 0.03 ? "first" : part > 0.97 ? "last" : "";
      return mark;
    }));
  }, [shown, language]);
  return <div class="hours figures" ref={frame} aria-hidden="true" />;
}
