import { useLayoutEffect, useRef } from "preact/hooks";
import type { RecorderView } from "../../api/types";
import { locale, words } from "../../i18n";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Meter } from "../../parts/meter";
import { State } from "../../parts/state";
import { to } from "../../router";
import { clock, dateTime, duration, moment, nowUs, second } from "../../time";
import { draw, frame } from "./draw";
import { gestures } from "./gestures";
import { head, playing } from "./playing";
import { recorded } from "./recordings";
import { findAt } from "./say";
import { lengthOf, type View } from "./scale";
import { active, choosing, cursor, keepAddress, opened, view } from "./state";
import { chooseUsual, stretch } from "./stretch";
import { told, type Told } from "./told";
import { tell } from "./words";
import { ListenLive } from "../live/button";

const NEWS_US = 15 * 60e6;
/** A drawing serves until the view is so much longer or shorter than it was. */
const REDRAW = 1.6;

/** One recorder: how it is, and its timeline, from which it plays. */
export function Track({ recorder }: { recorder: RecorderView }) {
  const name = recorder.name ?? recorder.id;
  return (
    <article class="track-row live" data-recorder={recorder.id} data-active={active.value === recorder.id || undefined}>
      <Head recorder={recorder} name={name} />
      <div class="lane">
        <Line id={recorder.id} name={name} />
        <Recordings id={recorder.id} />
      </div>
    </article>
  );
}

function Head({ recorder, name }: { recorder: RecorderView; name: string }) {
  second.value;
  const [w, t] = [words.value.listen, words.value.timeline];
  const age = recorder.last_chunk_end_us === null ? null : Math.max(0, nowUs() - recorder.last_chunk_end_us);
  const late = age === null || age > NEWS_US;
  const trouble = (recorder.state !== null && recorder.state !== "ok") || recorder.last_label !== null;
  const text = trouble ? recorder.last_label ?? recorder.state!.replaceAll("_", " ").replaceAll(",", ", ") : late ? w.nothingNew : w.arriving;
  const rms = recorder.rms_dbfs?.length ? Math.max(...recorder.rms_dbfs) : null;
  const peak = recorder.peak_dbfs?.length ? Math.max(...recorder.peak_dbfs) : null;
  const isOpen = opened.value === recorder.id;
  return (
    <div class="track-head">
      <h2 title={name}>
        <button type="button" class="opens" data-name="open" aria-expanded={isOpen} title={t.lookCloser(name)} onClick={() => { opened.value = isOpen ? null : recorder.id; active.value = recorder.id; keepAddress("step"); }}><Icon shape={isOpen ? "down" : "right"} size={12} />{name}</button>
      </h2>
      <ListenLive id={recorder.id} name={name} isShort />
      <Button small name="export" label={`${w.exportButton}: ${name}`} onPress={() => { active.value = recorder.id; chooseUsual(recorder.id); }}>{w.exportButton}</Button>
      <span class="track-state">
        <State tone={trouble ? "bad" : late ? "warn" : "ok"} title={w.lastChunkState}>{text}</State>
        <Meter rms={rms} peak={peak} title={w.lastChunkLevel} />
        {recorder.live && recorder.live.held_us > 0 && <span class="held-copy quiet figures" title={words.value.live.heldMeans}>{words.value.live.held(duration(recorder.live.held_us))}</span>}
        {recorder.clipped_samples ? <span class="quiet figures">{w.clipped(recorder.clipped_samples)}</span> : null}
        <span class="age quiet figures" title={age === null ? "" : w.endsAt(dateTime(recorder.last_chunk_end_us!))}>{age === null ? w.noChunk : w.old(duration(age))}</span>
      </span>
    </div>
  );
}

function Line({ id, name }: { id: string; name: string }) {
  const slider = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const has = told.value.get(id);
  const shown = view.value;
  const drawn = useRef<{ told: Told; view: View } | null>(null);
  useLayoutEffect(() => {
    if (!svg.current) return;
    if (!has) return svg.current.replaceChildren();
    const old = drawn.current;
    const ratio = old ? lengthOf(shown) / lengthOf(old.view) : 0;
    if (!old || old.told !== has || ratio > REDRAW || ratio < 1 / REDRAW) {
      drawn.current = { told: has, view: shown };
      draw(svg.current, has, shown, nowUs());
    }
    frame(svg.current, drawn.current!.view, shown);
  }, [has, shown]);
  const at = cursor.value ?? Math.min(nowUs(), (shown.from + shown.to) / 2);
  const language = locale.value;
  // Only where the focus is: a hundred sliders that speak at once would be noise, and work.
  const value = active.value === id ? `${lengthOf(shown) > 43200e6 ? moment(at) : clock(at)}; ${tell(findAt(has, at))}` : "";
  return (
    <div class={choosing.value ? "track choosing" : "track"} data-recorder={id} ref={slider} tabIndex={0} role="slider" lang={language} aria-label={words.value.listen.timelineOf(name)}
      aria-valuemin={shown.from} aria-valuemax={shown.to} aria-valuenow={Math.round(at)} aria-valuetext={value || words.value.timeline.slider} onFocus={() => { active.value = id; }} {...gestures(id)}>
      <svg ref={svg} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 10000 100" data-detail={has?.detail ?? "none"} />
      <Chosen id={id} />
      <Lines id={id} />
    </div>
  );
}

const part = (us: number, shown: View): number => (us - shown.from) / lengthOf(shown) * 100;

/** The chosen stretch. */
function Chosen({ id }: { id: string }) {
  const s = stretch.value;
  const shown = view.value;
  if (s?.id !== id || s.to <= shown.from || s.from >= shown.to) return null;
  const left = Math.max(0, part(s.from, shown));
  return <span class="chosen" style={{ left: `${left}%`, width: `${Math.max(0.1, Math.min(100, part(s.to, shown)) - left)}%` }} />;
}

/** Where it plays, and the time that was asked for. */
function Lines({ id }: { id: string }) {
  const shown = view.value;
  const at = cursor.value;
  const heard = playing.value?.id === id ? head.value : null;
  const inside = (us: number | null): us is number => us !== null && us >= shown.from && us <= shown.to;
  return (
    <>
      {inside(at) && <span class="cursor" style={{ left: `${part(at, shown)}%` }} />}
      {inside(heard) && <span class="mark" style={{ left: `${part(heard, shown)}%` }} />}
    </>
  );
}

/** Recordings lie over the line, beside it for the keyboard: a slider holds no links. */
function Recordings({ id }: { id: string }) {
  const shown = view.value;
  return (
    <>
      {(recorded.value.get(id) ?? []).map(r => {
        const left = Math.max(0, part(r.from, shown));
        return (
          <a key={r.session} class="recorded" data-session={r.session} href={to("recordings", r.session)} title={words.value.timeline.recording(r.name, moment(r.from), duration(r.to - r.from))}
            style={{ left: `${left}%`, width: `${Math.max(0.5, Math.min(100, part(r.to, shown)) - left)}%` }}><span>{r.name}</span></a>
        );
      })}
    </>
  );
}
