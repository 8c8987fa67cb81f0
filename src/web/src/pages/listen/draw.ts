// Draws one recorder's timeline and finds wall times in it. All times are microseconds since 1970 UTC.
import type { PeaksView, RecorderTimeline, Span } from "../../api/types";
import { locale, words } from "../../i18n";
import { clock, dateTime, duration } from "../../time";

export interface View {
  from: number;
  to: number;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 10000; // units of the drawing; the browser scales it
const HEIGHT = 100;

const TROUBLE = new Set(["xrun", "device_lost", "ring_full", "power_cut", "not_running"]);
const LOST = new Set(["disk_full", "storage_failed", "damaged"]);

function element(name: string, classes: string, attributes: Record<string, number | string> = {}): SVGElement {
  const made = document.createElementNS(SVG, name);
  if (classes) made.setAttribute("class", classes);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function box(view: View, from: number, to: number, classes: string, text: string): SVGElement {
  const scale = WIDTH / (view.to - view.from);
  const x = Math.max(0, (from - view.from) * scale);
  const width = Math.max(6, Math.min(WIDTH, (to - view.from) * scale) - x); // never invisible
  const rect = element("rect", classes, { x, width, y: 0, height: HEIGHT });
  const title = element("title", "");
  title.textContent = text;
  rect.append(title);
  return rect;
}

const MINUTE = 60e6;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080].map(minutes => minutes * MINUTE);

/** Round local times in a view, at most so many. */
export function ticks(view: View, most: number): { us: number; text: string }[] {
  const step = STEPS.find(s => (view.to - view.from) / s <= most) ?? STEPS.at(-1)!;
  const zone = (us: number): number => new Date(us / 1000).getTimezoneOffset() * MINUTE;
  const days = step >= 24 * 60 * MINUTE;
  const found = [];
  for (let local = Math.ceil((view.from - zone(view.from)) / step) * step; ; local += step) {
    const us = local + zone(local + zone(local)); // the day the clocks change has its ticks at whole hours too
    if (us > view.to) return found;
    const time = new Date(us / 1000);
    found.push({
      us,
      text: days
        ? time.toLocaleDateString(locale.value, { day: "numeric", month: "short" })
        : time.toLocaleTimeString(locale.value, { hour: "2-digit", minute: "2-digit" }),
    });
  }
}

/** Fills an svg with what a timeline answer says of one recorder. */
export function draw(svg: SVGElement, told: RecorderTimeline, bucketUs: number, view: View, nowUs: number): void {
  const w = words.value.listen;
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const seen = (from: number, to: number): boolean => to > view.from && from < view.to; // an answer may be of the view before
  const boxes = told.spans.filter(s => seen(s.from_us, s.to_us)).map(s =>
    box(view, s.from_us, s.to_us, "sound", w.span(clock(s.from_us), clock(s.to_us), duration(s.to_us - s.from_us), s.chunks)));
  for (const bucket of told.buckets.filter(b => seen(b.from_us, b.from_us + bucketUs))) {
    const part = Math.min(1, bucket.covered_us / bucketUs);
    const rect = box(view, bucket.from_us, bucket.from_us + bucketUs, "bucket",
      w.bucket(dateTime(bucket.from_us), duration(bucket.covered_us), duration(bucketUs), bucket.labelled));
    rect.setAttribute("y", String(HEIGHT * (1 - part)));
    rect.setAttribute("height", String(HEIGHT * part));
    boxes.push(rect);
  }
  for (const gap of told.gaps.filter(g => seen(g.from_us, g.to_us))) {
    if (told.buckets.length > 0 && !TROUBLE.has(gap.cause) && !LOST.has(gap.cause)) continue;
    const kind = LOST.has(gap.cause) ? "gap lost" : TROUBLE.has(gap.cause) ? "gap trouble" : "gap";
    const rect = box(view, gap.from_us, gap.to_us, kind,
      w.gap(clock(gap.from_us), clock(gap.to_us), w.causes[gap.cause] ?? gap.cause, duration(gap.duration_us), gap.count));
    if (told.buckets.length > 0) rect.setAttribute("height", "12");
    boxes.push(rect);
  }
  if (nowUs < view.to) boxes.unshift(box(view, Math.max(nowUs, view.from), view.to, "future", w.notYet));
  for (const tick of ticks(view, 12)) {
    const x = (tick.us - view.from) * WIDTH / (view.to - view.from);
    boxes.push(element("line", "tick", { x1: x, x2: x, y1: 0, y2: HEIGHT }));
  }
  svg.replaceChildren(...boxes);
}

/** Draws the outline of chunks over their spans. */
export function outline(svg: SVGElement, peaks: PeaksView | null, view: View): void {
  svg.querySelector(".wave")?.remove();
  if (!peaks) return;
  const scale = WIDTH / (view.to - view.from);
  const step = 1e6 / peaks.per_second;
  const parts: string[] = [];
  for (const chunk of peaks.chunks) {
    for (let i = 0; i + 1 < chunk.points.length; i += 2) {
      const x = (chunk.start_us + (i / 2) * step - view.from) * scale;
      if (x < 0 || x > WIDTH) continue;
      const y = (value: number): string => (HEIGHT / 2 - Math.sign(value) * Math.sqrt(Math.abs(value) / 127) * HEIGHT * 0.46).toFixed(1); // the root shows quiet rooms
      parts.push(`M${x.toFixed(1)} ${y(chunk.points[i]!)}V${y(chunk.points[i + 1]!)}`);
    }
  }
  if (parts.length > 0) svg.append(element("path", "wave", { d: parts.join("") }));
}

export function line(svg: SVGElement, classes: string, us: number | null, view: View): void {
  svg.querySelector("." + classes)?.remove();
  if (us === null || us < view.from || us > view.to) return;
  const x = (us - view.from) * WIDTH / (view.to - view.from);
  svg.append(element("line", classes, { x1: x, x2: x, y1: 0, y2: HEIGHT }));
}

/** Wall time of a position in a stream that began at a wall time and skips what is missing. */
export function wallAt(spans: readonly Span[], fromUs: number, playedUs: number): number {
  for (const span of spans) {
    const begin = Math.max(span.from_us, fromUs);
    if (span.to_us <= begin) continue;
    if (playedUs <= span.to_us - begin) return begin + playedUs;
    playedUs -= span.to_us - begin;
  }
  return spans.at(-1)?.to_us ?? fromUs;
}
