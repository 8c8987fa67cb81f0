// A chosen stretch of one recorder, to be heard or saved.
import { computed, signal } from "@preact/signals";
import type { Span } from "../../api/types";
import { nowUs } from "../../time";
import { cursor, inView, nameOf, rangeAddress, view } from "./state";
import { timelineOf } from "./told";

export interface Stretch {
  id: string;
  from: number;
  to: number;
}

/** As long as one file may be. */
const LONGEST_US = 24 * 3600e6;
const USUAL_US = 120e6;
export const formats = ["opus", "flac", "wav"] as const;

export const stretch = signal<Stretch | null>(null);

/** In either direction, inside what is not yet the future. */
export function choose(id: string, a: number, b: number): void {
  const [from, to] = [Math.floor(Math.min(a, b)), Math.ceil(Math.max(a, b))];
  stretch.value = { id, from, to: Math.max(from + 1e6, Math.min(to, from + LONGEST_US)) };
}

/** Two minutes: from the time that was asked for, else the last there are in what is shown. */
export function chooseUsual(id: string): void {
  const asked = cursor.peek();
  if (asked !== null && inView(asked)) return choose(id, asked, asked + USUAL_US);
  const shown = view.peek();
  const last = timelineOf(id)?.spans.filter(s => s.from_us < shown.to).at(-1);
  const to = Math.min(last?.to_us ?? nowUs(), shown.to);
  choose(id, to - USUAL_US, to);
}

/** One end of it; the other stays where it was, if it is on that side. */
export function chooseEnd(id: string, end: "from" | "to", at: number): void {
  const s = stretch.peek()?.id === id ? stretch.peek() : null;
  if (end === "from") choose(id, at, s && s.to > at ? s.to : at + USUAL_US);
  else choose(id, s && s.from < at ? s.from : at - USUAL_US, at);
}

export { nameOf };

/** What the hub told of a stretch, wherever it lies: what the rows have loaded is what they show, no more. */
export const there = signal<{ of: Stretch; spans: readonly Span[] } | null>(null);

const isSame = (a: Stretch, b: Stretch): boolean => a.id === b.id && a.from === b.from && a.to === b.to;

export const coveredOf = (s: Stretch, spans: readonly Pick<Span, "from_us" | "to_us">[]): number =>
  spans.reduce((sum, p) => sum + Math.max(0, Math.min(p.to_us, s.to) - Math.max(p.from_us, s.from)), 0);

/** How much of it is there; null: not known yet. */
export const covered = computed(() => {
  const [s, told] = [stretch.value, there.value];
  return s && told && isSame(told.of, s) ? coveredOf(s, told.spans) : null;
});

export const addressOf = (s: Stretch, format: string): string => rangeAddress(s.id, s.from, s.to, `format=${format}`);

/** Local wall time as a field for date and time has it, to the second, and back. */
export function fieldOf(us: number): string {
  const at = new Date(us / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function fromField(text: string): number | null {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? null : at * 1000;
}
