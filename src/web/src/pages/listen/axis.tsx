import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatDate } from "../../formats";
import { locale, words } from "../../i18n";
import { moment, nowUs } from "../../time";
import { gestures } from "./gestures";
import { DAY, fullness, HOUR, lengthOf, middleOf, moved, ticks, type Tick } from "./scale";
import { cursor, move, overview, showView, view } from "./state";

/** Of the strip's 20: as little as there may be, something is seen of it. */
const SEEN = 1.5;

const formats: Record<Tick["unit"], Intl.DateTimeFormatOptions> = {
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" }, minute: { hour: "2-digit", minute: "2-digit" }, day: { day: "numeric", month: "short" }, month: { month: "short", year: "numeric" },
};

/** The times of all rows; it stays while the rows scroll. The wheel zooms here. */
export function Axis() {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const above = document.querySelector<HTMLElement>(".head"); // it is higher where there is a STOP
    const watch = new ResizeObserver(() => {
      if (frame.current) setWidth(frame.current.clientWidth);
      setTop(above?.offsetHeight ?? 0);
    });
    if (frame.current) watch.observe(frame.current);
    if (above) watch.observe(above);
    return () => watch.disconnect();
  }, []);
  const shown = view.value;
  const part = (us: number): number => (us - shown.from) / lengthOf(shown) * 100;
  const all = ticks(shown, Math.max(2, width / 84));
  const day = (us: number): string => formatDate(locale.value, new Date(us / 1000), { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const at = cursor.value;
  return (
    <div class="axis" style={{ top: `${top}px` }}>
      <p class="axis-day figures" id="shown-day">{lengthOf(shown) > 1.1 * DAY ? `${day(shown.from)} \u2013 ${day(shown.to - 1)}` : day(middleOf(shown))}</p>
      <div class="axis-times figures" ref={frame} aria-hidden="true" {...gestures(null)}>
        {all.map(t => {
          const x = part(t.us);
          return <span key={t.us} class={x < 4 ? "first" : x > 96 ? "last" : ""} style={{ left: `${x}%` }}>{formatDate(locale.value, new Date(t.us / 1000), formats[t.unit])}</span>;
        })}
        {at !== null && at >= shown.from && at <= shown.to && <span class="cursor" style={{ left: `${part(at)}%` }} />}
      </div>
    </div>
  );
}

/** Everything there is in one strip, and which part of it is shown. */
export function Overview() {
  const strip = useRef<HTMLDivElement>(null);
  const o = overview.value;
  if (!o || o.oldest_us === null || o.newest_us === null) return null;
  const from = Math.min(o.oldest_us, o.from_us), to = Math.max(o.newest_us, nowUs());
  const length = Math.max(HOUR, to - from);
  const x = (us: number): number => Math.max(0, Math.min(1000, (us - from) / length * 1000));
  const full = fullness(o.covered_us, o.step_us);
  const shown = view.value;
  const go = (e: PointerEvent): void => {
    const rect = strip.current!.getBoundingClientRect();
    showView(moved(shown, from + (e.clientX - rect.left) / rect.width * length - middleOf(shown)));
  };
  const w = words.value.timeline;
  return (
    <div class="overview" ref={strip} id="overview" role="slider" tabIndex={0} aria-label={w.overview} aria-valuemin={Math.round(from)} aria-valuemax={Math.round(to)} aria-valuenow={Math.round(Math.max(from, Math.min(to, middleOf(shown))))}
      aria-valuetext={`${moment(shown.from)} \u2013 ${moment(shown.to)}`} title={w.overviewHint}
      onPointerDown={e => { strip.current!.setPointerCapture(e.pointerId); go(e); }} onPointerMove={e => { if (e.buttons & 1) go(e); }}
      onKeyDown={e => {
        if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
        e.preventDefault();
        move(e.key === "ArrowLeft" ? -0.5 : 0.5);
      }}>
      <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
        {o.covered_us.map((us, n) => us > 0 && <rect key={n} class="sound" x={x(o.from_us + n * o.step_us)} width={Math.max(0.6, x(o.from_us + (n + 1) * o.step_us) - x(o.from_us + n * o.step_us))} data-full={full[n]!.toFixed(3)} y={20 - Math.max(SEEN, 20 * full[n]!)} height={Math.max(SEEN, 20 * full[n]!)} />)}
        <rect class="shown" x={Math.min(996, x(shown.from))} width={Math.max(4, x(shown.to) - x(shown.from))} y="0.5" height="19" />
      </svg>
      <span class="quiet figures" aria-hidden="true">{moment(from)}</span><span class="quiet figures" aria-hidden="true">{moment(to)}</span>
    </div>
  );
}
