// What there is at an instant, for words: the tip under a pointer, a screen reader, the player. Pure.
import type { Gap } from "../../api/types";
import type { Told } from "./told";

export type Found =
  | { kind: "sound"; from: number; to: number; chunks: number; label: string | null }
  | { kind: "bucket"; from: number; to: number; covered: number; odd: number }
  | { kind: "gap"; from: number; to: number; cause: string; duration: number; count: number }
  | { kind: "nothing" };

const TROUBLE = new Set(["xrun", "device_lost", "ring_full", "power_cut", "not_running"]);
const LOST = new Set(["disk_full", "storage_failed", "damaged"]);

/** How bad a gap is: lost audio, trouble of the recorder, or as it was meant. */
export const gapKind = (cause: string): "lost" | "trouble" | "plain" => LOST.has(cause) ? "lost" : TROUBLE.has(cause) ? "trouble" : "plain";

const gapOf = (g: Gap): Found => ({ kind: "gap", from: g.from_us, to: g.to_us, cause: g.cause, duration: g.duration_us, count: g.count });

/** @param slack A gap this near counts: a pointer is no finer than a pixel. */
export function findAt(told: Told | undefined, us: number, slack = 0): Found {
  if (!told) return { kind: "nothing" };
  const { timeline, bucketUs } = told;
  const near = timeline.gaps.filter(g => g.from_us - slack <= us && g.to_us + slack > us)
    .sort((a, b) => rank(a.cause) - rank(b.cause) || b.duration_us - a.duration_us)[0];
  if (near && (timeline.buckets.length === 0 || gapKind(near.cause) !== "plain")) return gapOf(near);
  const span = timeline.spans.find(s => s.from_us <= us && s.to_us > us);
  if (span) {
    const chunk = timeline.chunks.find(c => c.start_us <= us && c.end_us > us);
    return { kind: "sound", from: span.from_us, to: span.to_us, chunks: span.chunks, label: chunk?.label ?? null };
  }
  const bucket = timeline.buckets.find(b => b.from_us <= us && b.from_us + bucketUs > us);
  if (bucket) return { kind: "bucket", from: bucket.from_us, to: bucket.from_us + bucketUs, covered: bucket.covered_us, odd: bucket.labelled };
  return near ? gapOf(near) : { kind: "nothing" };
}

const rank = (cause: string): number => ["lost", "trouble", "plain"].indexOf(gapKind(cause));

/** The gap that begins after an instant, or the last one before it. */
export function nextGap(told: Told | undefined, us: number, later: boolean): Gap | undefined {
  const gaps = told?.timeline.gaps ?? [];
  return later ? gaps.find(g => g.from_us > us) : gaps.findLast(g => g.from_us < us);
}
