// What plays: one stream from the hub at a time, and where in the wall time it is.
import { batch, signal } from "@preact/signals";
import { api, getJson } from "../../api/http";
import type { TimelineAnswer } from "../../api/timeline";
import type { Gap, Span } from "../../api/types";
import { nowUs } from "../../time";
import { HOUR, SECOND } from "./scale";
import { active, bringIntoView, cursor, follow, inView, nameOf, rangeAddress } from "./state";

/** One stream; what comes after it is another one, begun where this one ended. */
const STREAM_MAX = 6 * HOUR;
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

export interface Playing {
  id: string;
  name: string;
  /** Wall time of the first sample of the stream. */
  from: number;
  spans: readonly Span[];
  gaps: readonly Gap[];
  skips: boolean;
}

export type Note =
  | { kind: "nothing" | "press" | "broken" | "card" | "end" }
  | { kind: "skipped" | "silence"; cause: string; us: number; until: number };

export const playing = signal<Playing | null>(null);
export const playNote = signal<Note | null>(null);
export const paused = signal(true);
/** Pressed, and nothing heard yet. */
export const starting = signal(false);
export const rate = signal(1);
export const volume = signal(1);
export const skipGaps = signal(true);
/** Goes on with what arrives, at the end of what there is. */
export const followsNow = signal(false);
/** Wall time that is heard; moves four times a second. */
export const head = signal<number | null>(null);

let audio: HTMLAudioElement | null = null;
export const setAudio = (element: HTMLAudioElement | null): void => { audio = element; };

/** Wall time of a position in a stream that began at a wall time and skips what is missing. */
export function wallAt(spans: readonly Span[], fromUs: number, playedUs: number): number {
  for (const span of spans) {
    const begin = Math.max(span.from_us, fromUs);
    if (span.to_us <= begin) continue;
    if (playedUs <= span.to_us - begin) return begin + playedUs;
    playedUs -= span.to_us - begin;
  }
  return spans.at(-1)?.to_us ?? fromUs + playedUs;
}

/** The wall time of what is heard now. */
export function playedUs(): number {
  const now = playing.peek();
  if (!now) return nowUs();
  const position = (audio?.currentTime ?? 0) * SECOND;
  return now.skips && now.spans.length > 0 ? wallAt(now.spans, now.from, position) : now.from + position;
}

/** Plays a recorder from a wall time, or from the next audio after it. The stream is asked for at once; where its gaps are is learned beside it. */
export function play(id: string, name: string, us: number): void {
  const from = Math.floor(Math.max(0, us));
  const until = Math.max(from + SECOND, Math.min(from + STREAM_MAX, Math.ceil(nowUs())));
  const skips = skipGaps.peek();
  const mine: Playing = { id, name, from, spans: [], gaps: [], skips };
  batch(() => {
    playing.value = mine;
    playNote.value = null;
    starting.value = true;
    head.value = from;
    active.value = id;
    cursor.value = from;
  });
  if (audio) {
    audio.src = rangeAddress(id, from, until, `format=opus&gaps=${skips ? "skip" : "silence"}&inline=1`);
    audio.playbackRate = rate.peek();
    audio.play().catch((e: unknown) => { if (!(e instanceof Error && e.name === "AbortError") && playing.peek() === mine && playNote.peek() === null) playNote.value = { kind: "press" }; });
  }
  void learn(mine, until);
}

/** Where the audio of this stream lies; the note says so when it does not begin where it was asked for. */
async function learn(mine: Playing, until: number): Promise<void> {
  try {
    const told = await getJson<TimelineAnswer>(`${api("recorders", mine.id, "timeline")}?from=${mine.from}&to=${until}&detail=spans`);
    const now = playing.peek();
    if (now?.from !== mine.from || now.id !== mine.id) return;
    const { spans, gaps } = told.recorders[0]!;
    const first = spans[0];
    batch(() => {
      playing.value = { ...now, spans, gaps };
      if (first === undefined) playNote.value = { kind: "nothing" };
      else if (first.from_us > mine.from + SECOND) playNote.value = { kind: mine.skips ? "skipped" : "silence", ...because(gaps, mine.from, first.from_us) };
    });
  } catch {
    // the audio element says what is wrong
  }
}

function because(gaps: readonly Gap[], from: number, until: number): { cause: string; us: number; until: number } {
  const gap = gaps.filter(g => g.to_us > from && g.from_us < until).sort((a, b) => b.duration_us - a.duration_us)[0];
  return { cause: gap?.cause ?? "unknown", us: until - from, until };
}

/** Called as the stream goes on: moves the head, and says which gap was passed over. */
export function heard(): void {
  const now = playing.peek();
  if (!now) return;
  const [before, at] = [head.peek(), playedUs()];
  batch(() => {
    head.value = at;
    if (audio && audio.currentTime > 0) starting.value = false;
    if (!now.skips) {
      const gap = now.gaps.find(g => g.from_us <= at && g.to_us > at);
      const note = playNote.peek();
      if (gap && note?.kind !== "silence") playNote.value = { kind: "silence", cause: gap.cause, us: gap.to_us - gap.from_us, until: gap.to_us };
      else if (!gap && note?.kind === "silence") playNote.value = null;
    } else if (before !== null && at > before) {
      const passed = now.spans.findIndex(s => s.from_us > before && s.from_us <= at);
      const end = passed > 0 ? now.spans[passed - 1]!.to_us : undefined;
      if (end !== undefined && end > now.from) playNote.value = { kind: "skipped", ...because(now.gaps, end, now.spans[passed]!.from_us) };
    }
  });
  if (before !== null && inView(before) && !inView(at) && !follow.peek()) bringIntoView(at); // the view goes along while one watches
}

/** Chunks that arrived meanwhile go on where the stream ended. */
export async function playOn(): Promise<void> {
  const now = playing.peek();
  if (!now) return;
  const reached = playedUs();
  try {
    const told = await getJson<TimelineAnswer>(`${api("recorders", now.id, "timeline")}?from=${Math.floor(reached)}&to=${Math.ceil(nowUs() + SECOND)}&detail=spans`);
    if (playing.peek() !== now) return;
    if (told.recorders[0]!.spans.some(s => s.to_us > reached + SECOND)) return play(now.id, now.name, reached);
  } catch {
    // as if there were nothing more: the note says what is known
  }
  if (playing.peek() !== now) return;
  playNote.value = { kind: "end" };
  if (followsNow.peek()) setTimeout(() => { if (playing.peek() === now && followsNow.peek()) void playOn(); }, 2000);
}

/** By a length of wall time; beyond a gap's border it lands in what comes next. */
export function seek(by: number): void {
  const now = playing.peek();
  if (now) play(now.id, now.name, Math.min(playedUs() + by, nowUs() - SECOND));
}

export function playPause(): void {
  const now = playing.peek();
  if (!now) {
    const id = active.peek();
    if (id !== null && cursor.peek() !== null) play(id, nameOf(id), cursor.peek()!);
    return;
  }
  if (!audio) return;
  if (!audio.paused) audio.pause();
  else if (audio.error || audio.ended || playNote.peek()?.kind === "broken") play(now.id, now.name, playedUs());
  else void audio.play().catch(() => { playNote.value = { kind: "press" }; });
}

export function pause(): void {
  stopShuttle();
  audio?.pause();
}

export function setRate(value: number): void {
  rate.value = value;
  if (audio) audio.playbackRate = value;
}

export function setVolume(value: number): void {
  volume.value = Math.max(0, Math.min(1, value));
  if (audio) audio.volume = volume.peek();
}

export function setSkips(skips: boolean): void {
  skipGaps.value = skips;
  const now = playing.peek();
  if (now && now.skips !== skips && !paused.peek()) play(now.id, now.name, playedUs());
}

// J K L as an editor has them: L again is faster, K stands still, J goes back in steps that grow with each press.
let shuttle: ReturnType<typeof setInterval> | undefined;
export const backwards = signal(0);

function stopShuttle(): void {
  clearInterval(shuttle);
  shuttle = undefined;
  backwards.value = 0;
}

export function faster(slow: boolean): void {
  const wasBack = backwards.peek() > 0;
  stopShuttle();
  if (slow) setRate(0.5);
  else if (paused.peek() || wasBack || rate.peek() < 1) setRate(1);
  else setRate(RATES.find(r => r > rate.peek() + 0.26) ?? 2);
  if (paused.peek()) playPause();
}

/** Plays half a second, goes back by more: 2, 4, 8, 16 times as fast as it was. */
export function back(slow: boolean): void {
  const now = playing.peek();
  if (!now) return;
  if (slow) return seek(-SECOND);
  const speed = Math.min(16, Math.max(2, backwards.peek() * 2));
  stopShuttle();
  setRate(1);
  backwards.value = speed;
  seek(-speed * 0.6 * SECOND);
  shuttle = setInterval(() => { if (playing.peek()?.id === now.id) seek(-speed * 0.6 * SECOND); else stopShuttle(); }, 600);
}

export function toEnd(last: boolean, spans: readonly Span[]): number | null {
  const span = last ? spans.at(-1) : spans[0];
  return span === undefined ? null : last ? Math.max(span.from_us, span.to_us - 10 * SECOND) : span.from_us;
}
