// Which stretch is shown, what the archive says of it, and what plays.
import { batch, computed, signal } from "@preact/signals";
import { api, getJson, HubError } from "../../api/http";
import type { PeaksView, RecordersView, RecorderTimeline, RecorderView, Span, TimelineView } from "../../api/types";
import { link } from "../../live/connection";
import { hearClock, nowUs } from "../../time";
import { wallAt, type View } from "./draw";

export const HOUR = 3600e6;
const POLL_MS = 4_000;
const PLAY_MAX = 6 * HOUR;
const OUTLINE_MAX = HOUR / 2;

export interface Playing {
  id: string;
  name: string;
  from: number;
  spans: readonly Span[];
}

export const zoomUs = signal(24 * HOUR);
export const view = signal<View>(viewAt(nowUs(), 24 * HOUR, true));
export const recorders = signal<RecorderView[] | null>(null);
export const told = signal<TimelineView | null>(null);
export const peaks = signal<ReadonlyMap<string, PeaksView>>(new Map());
export const trouble = signal<string | null>(null);
export const playing = signal<Playing | null>(null);
export const playNote = signal<"" | "nothing" | "press" | "broken" | "end">("");
let follow = true;
let chosen = false;

export const timelineOf = (id: string): RecorderTimeline | undefined => told.value?.recorders.find(r => r.id === id);
export const rangeAddress = (id: string, from: number, to: number, rest: string): string => `${api("recorders", id, "range")}?from=${from}&to=${to}&${rest}`;

function dayStart(us: number): Date {
  const day = new Date(us / 1000);
  day.setHours(0, 0, 0, 0);
  return day;
}

/** Whole days begin at local midnight (a day of 23 or 25 hours is one); shorter views end a little after now, or lie where they were moved. */
export function viewAt(anchorUs: number, zoom: number, follows: boolean): View {
  if (zoom >= 24 * HOUR) {
    const to = dayStart(anchorUs);
    to.setDate(to.getDate() + 1);
    const from = new Date(to);
    from.setDate(from.getDate() - Math.round(zoom / (24 * HOUR)));
    return { from: from.getTime() * 1000, to: to.getTime() * 1000 };
  }
  const to = follows ? anchorUs + zoom / 30 : anchorUs + zoom / 2;
  return { from: Math.floor(to - zoom), to: Math.floor(to) };
}

/** The shown day as a date field has it. */
export const day = computed(() => {
  const at = new Date((view.value.from + view.value.to) / 2000);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
});

/** Until somebody chooses: as much as there is, so that the first ten seconds are no hair on a whole day. */
function fitZoom(all: readonly RecorderView[]): void {
  if (chosen || !follow || all.length === 0) return;
  const age = nowUs() - Math.min(...all.map(r => r.first_seen_us));
  zoomUs.value = ([1 / 6, 1, 6, 24].find(hours => hours * HOUR >= age * 1.1) ?? 24) * HOUR;
}

function show(anchorUs: number): void {
  view.value = viewAt(anchorUs, zoomUs.peek(), follow);
}

const middle = (): number => (view.peek().from + view.peek().to) / 2;

export function move(by: number): void {
  [follow, chosen] = [false, true];
  const length = view.peek().to - view.peek().from;
  show(middle() + (zoomUs.peek() >= 24 * HOUR ? Math.sign(by) * length : by * length));
  void refresh();
}

export function goToNow(): void {
  follow = true;
  show(nowUs());
  void refresh();
}

export function goToDay(text: string): void {
  const [year, month, date] = text.split("-").map(Number);
  if (!year || !month || !date) return;
  follow = false;
  if (!chosen) zoomUs.value = 24 * HOUR; // who picks a day wants to see the day
  chosen = true;
  show(new Date(year, month - 1, date, 12).getTime() * 1000);
  void refresh();
}

/** A time of the shown day, in an hour around it. */
export function goToTime(text: string): void {
  const [hour, minute] = text.split(":").map(Number);
  const [year, month, date] = day.peek().split("-").map(Number);
  if (hour === undefined || minute === undefined || !year || !month || !date) return;
  [follow, chosen] = [false, true];
  zoomUs.value = HOUR;
  show(new Date(year, month - 1, date, hour, minute).getTime() * 1000);
  void refresh();
}

export function zoomTo(us: number): void {
  const at = playing.peek() ? playedUs() : middle();
  chosen = true;
  zoomUs.value = us;
  show(follow ? nowUs() : at);
  void refresh();
}

export async function refresh(): Promise<void> {
  try {
    const list = await getJson<RecordersView>(api("recorders"));
    hearClock(list.now_us);
    fitZoom(list.recorders);
    const before = view.peek();
    const wanted = follow ? viewAt(nowUs(), zoomUs.peek(), true) : before;
    const detail = wanted.to - wanted.from > 2 * 24 * HOUR ? "buckets" : "spans";
    const timeline = await getJson<TimelineView>(`${api("timeline")}?from=${wanted.from}&to=${wanted.to}&detail=${detail}`);
    batch(() => {
      recorders.value = list.recorders;
      trouble.value = null;
      if (before !== view.peek()) return; // moved on meanwhile: the answer to that is under way
      view.value = wanted;
      told.value = timeline;
      outlines(wanted, list.recorders);
    });
  } catch (e) {
    trouble.value = e instanceof HubError ? e.message : "";
  }
}

const asked = new Map<string, { chunks: number; from: number; to: number }>();

/** Outlines are asked for where the view or the recorder's chunks have changed; what is there stays until the answer comes. */
function outlines(wanted: View, all: readonly RecorderView[]): void {
  if (wanted.to - wanted.from > OUTLINE_MAX) {
    if (peaks.peek().size > 0) peaks.value = new Map();
    asked.clear();
    return;
  }
  for (const { id, chunks } of all) {
    const has = asked.get(id);
    if (has?.chunks === chunks && has.from <= wanted.from && has.to >= wanted.to) continue;
    asked.set(id, { chunks, from: wanted.from, to: wanted.to > nowUs() ? Infinity : wanted.to }); // there is nothing beyond now until another chunk comes
    getJson<PeaksView>(`${api("recorders", id, "peaks")}?from=${wanted.from}&to=${wanted.to}`).then(
      found => { peaks.value = new Map(peaks.peek()).set(id, found); },
      () => asked.delete(id)); // the timeline is complete without it
  }
}

/** Keeps the archive's news coming while somebody looks. */
export function watch(): () => void {
  void refresh();
  const timer = setInterval(() => { if (!document.hidden && link.peek() !== "gone") void refresh(); }, POLL_MS);
  const back = link.subscribe(now => { if (now === "live" && trouble.peek() !== null) void refresh(); });
  const shown = (): void => { if (!document.hidden) void refresh(); };
  document.addEventListener("visibilitychange", shown);
  return () => {
    clearInterval(timer);
    back();
    document.removeEventListener("visibilitychange", shown);
  };
}

export let audio: HTMLAudioElement | null = null;
export const setAudio = (element: HTMLAudioElement | null): void => { audio = element; };

export function play(id: string, name: string, us: number): void {
  const from = Math.floor(us);
  const spans = timelineOf(id)?.spans ?? [];
  const next = spans.find(s => s.to_us > from);
  const begin = next ? Math.max(from, next.from_us) : from;
  playing.value = { id, name, from: begin, spans };
  if (!next && spans.length > 0) {
    playNote.value = "nothing";
    return;
  }
  playNote.value = "";
  const end = Math.max(begin + 1e6, Math.min(begin + PLAY_MAX, Math.ceil(nowUs())));
  if (!audio) return;
  audio.src = rangeAddress(id, begin, end, "format=opus&gaps=skip&inline=1");
  audio.play().catch((e: unknown) => { if (!(e instanceof Error && e.name === "AbortError")) playNote.value = "press"; });
}

/** The wall time of what is heard now. */
export function playedUs(): number {
  const now = playing.peek();
  if (!now) return nowUs();
  const spans = timelineOf(now.id)?.spans;
  return wallAt(spans && spans.length > 0 ? spans : now.spans, now.from, (audio?.currentTime ?? 0) * 1e6);
}

/** Chunks that arrived meanwhile go on where the stream ended. */
export async function playOn(): Promise<void> {
  const now = playing.peek();
  if (!now) return;
  const reached = playedUs();
  await refresh();
  if ((timelineOf(now.id)?.spans ?? []).some(s => s.to_us > reached + 1e6)) play(now.id, now.name, reached);
  else playNote.value = "end";
}
