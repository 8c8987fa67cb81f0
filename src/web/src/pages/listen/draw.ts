// Draws one recorder's timeline as SVG, in units of the view it was drawn for; panning and zooming only move the window over the drawing.
import type { PeaksView } from "../../api/types";
import { gapKind } from "./say";
import { lengthOf, type View } from "./scale";
import type { Told } from "./told";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 10000; // units of a view; the browser scales them
const HEIGHT = 100;
const FLOOR_DB = -66;
/** Of a view 1000 px wide, two pixels and half of one. */
const SEEN = 20, JOINED = 5;

function element(name: string, classes: string, attributes: Record<string, number | string>): SVGElement {
  const made = document.createElementNS(SVG, name);
  made.setAttribute("class", classes);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** Which part of a drawing is seen. */
export function frame(svg: SVGElement, drawn: View, shown: View): void {
  const scale = WIDTH / lengthOf(drawn);
  svg.setAttribute("viewBox", `${((shown.from - drawn.from) * scale).toFixed(1)} 0 ${(lengthOf(shown) * scale).toFixed(1)} ${HEIGHT}`);
}

/** Neighbours so near that no pixel is between them are one box: a day of chunks with a breath between them is not 8 640 elements. */
export function joined<T extends { from_us: number; to_us: number }>(all: readonly T[], nearer: number): { from_us: number; to_us: number }[] {
  const out: { from_us: number; to_us: number }[] = [];
  for (const { from_us, to_us } of all) {
    const last = out.at(-1);
    if (last && from_us - last.to_us < nearer) last.to_us = Math.max(last.to_us, to_us);
    else out.push({ from_us, to_us });
  }
  return out;
}

/** Buckets side by side that are as full as each other, to the hundredth, are one box: a month in which nothing was missing is one, not 720. */
export function evenly(buckets: readonly { from_us: number; covered_us: number }[], bucketUs: number): { from_us: number; to_us: number; part: number }[] {
  const out: { from_us: number; to_us: number; part: number }[] = [];
  for (const b of buckets) {
    const part = Math.ceil(Math.min(1, b.covered_us / bucketUs) * 100) / 100; // as little as there may be, it is not nothing
    if (part <= 0) continue;
    const last = out.at(-1);
    if (last && last.part === part && last.to_us === b.from_us) last.to_us += bucketUs;
    else out.push({ from_us: b.from_us, to_us: b.from_us + bucketUs, part });
  }
  return out;
}

/** Everything that was told, whether or not it is seen just now. */
export function draw(svg: SVGElement, told: Told, view: View, nowUs: number): void {
  const scale = WIDTH / lengthOf(view);
  const x = (us: number): number => (us - view.from) * scale;
  const box = (from: number, to: number, classes: string, more: Record<string, number | string> = {}): SVGElement =>
    element("rect", classes, { x: x(from).toFixed(1), width: Math.max(SEEN, x(to) - x(from)).toFixed(1), y: 0, height: HEIGHT, ...more });
  const { timeline, bucketUs } = told;
  const all: SVGElement[] = [];
  for (const b of evenly(timeline.buckets, bucketUs)) all.push(box(b.from_us, b.to_us, "bucket", { "fill-opacity": (0.25 + 0.75 * b.part).toFixed(2) }));
  for (const s of joined(timeline.spans, JOINED / scale)) all.push(box(s.from_us, s.to_us, "sound"));
  for (const h of timeline.held) all.push(box(h.from_us, h.to_us, "held"));
  const path = told.outline ? outlinePath(told.outline, x) : told.levels ? null : "";
  if (path) all.push(element("path", "wave", { d: path }));
  if (told.levels) {
    for (const [name, values] of [["peak", told.levels.of.peak_dbfs], ["rms", told.levels.of.rms_dbfs]] as const) {
      const d = levelPath(values, told.levels.from, told.levels.step, x);
      if (d) all.push(element("path", `wave ${name}`, { d }));
    }
  }
  for (const g of timeline.gaps) {
    const kind = gapKind(g.cause);
    if (kind === "plain") continue; // what is not drawn is not there; its cause is told by the tip
    all.push(box(g.from_us, g.to_us, `gap ${kind}`, timeline.buckets.length > 0 ? { height: 16 } : {}));
  }
  if (told.detail === "chunks") for (const c of timeline.chunks) all.push(element("line", c.label ? "border odd" : "border", { x1: x(c.start_us), x2: x(c.start_us), y1: 0, y2: HEIGHT }));
  if (nowUs < told.period.to + lengthOf(view)) all.push(box(nowUs, told.period.to + 4 * lengthOf(view), "future"));
  svg.replaceChildren(...all);
}

/** Minimum and maximum of each point; they are roots already. */
export function outlinePath(peaks: PeaksView, x: (us: number) => number): string {
  const parts: string[] = [];
  const step = 1e6 / peaks.per_second;
  const y = (value: number): string => (HEIGHT / 2 - value / 127 * HEIGHT * 0.48).toFixed(1);
  for (const chunk of peaks.chunks)
    for (let i = 0; i + 1 < chunk.points.length; i += 2) parts.push(`M${x(chunk.start_us + (i / 2 + 0.5) * step).toFixed(1)} ${y(chunk.points[i]!)}V${y(chunk.points[i + 1]! + 1)}`);
  return parts.join("");
}

/** An area around the middle, as high as it was loud. In whole units: a tenth of a pixel, and a hundredth of the height. */
export function levelPath(values: readonly (number | null)[], from: number, step: number, x: (us: number) => number): string {
  const parts: string[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null) continue;
    const first = i;
    while (i + 1 < values.length && values[i + 1] !== null) i++;
    const height = (n: number): number => Math.round(Math.max(1, (1 - values[n]! / FLOOR_DB) * HEIGHT * 0.48));
    const at = (n: number): number => Math.round(x(from + n * step));
    parts.push(`M${at(first)} ${HEIGHT / 2}`);
    for (let n = first; n <= i; n++) parts.push(`V${HEIGHT / 2 - height(n)}H${at(n + 1)}`);
    for (let n = i; n >= first; n--) parts.push(`V${HEIGHT / 2 + height(n)}H${at(n)}`);
    parts.push("Z");
  }
  return parts.join("");
}
