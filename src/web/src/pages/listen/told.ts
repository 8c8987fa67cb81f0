// What the hub said of the rows in sight, kept until something newer comes; asked for again when the view moves on or news may have come.
import { mayLook } from "../../live/me";
import { batch, effect, signal } from "@preact/signals";
import { api, getJson, HubError } from "../../api/http";
import type { LevelsAnswer, OverviewAnswer, RecorderLevels, RecorderTold, TimelineAnswer } from "../../api/timeline";
import type { PeaksView, RecordersView } from "../../api/types";
import { link } from "../../live/connection";
import { hearClock, nowUs } from "../../time";
import type { Found } from "./say";
import { rowsAtFirst } from "./sight";
import { DAY, HOUR, lengthOf, MINUTE, SECOND, type View } from "./scale";
import { fitZoom, followNow, hearAddress, overview, recorders, rows, trouble, view } from "./state";

const POLL_MS = 4_000;
const SLOW_POLL_MS = 30_000;
const OVERVIEW_MS = 60_000;
/** What lies on either side of the view is asked for once the first view is drawn. */
const MORE_AFTER_MS = 400;
/** Where there is sound is shown at once when how loud it was takes longer than this: outlines are made at the first look, levels of a year read much. */
const LOUD_MS = 80;
/** A hand that moves on makes one question of many. */
const HAND_MS = 40;
const KEPT_MAX = 400;
/** Up to here there is an outline to the tenth of a second; beyond, levels of ten seconds and more. */
const OUTLINE_MAX = 40 * MINUTE;
const CHUNKS_MAX = 40 * MINUTE;
const SPANS_MAX = 6 * DAY;

export interface Told {
  /** What was asked for: more than is shown, so that a hand that moves finds something there. */
  period: View;
  detail: TimelineAnswer["detail"];
  bucketUs: number;
  timeline: RecorderTold;
  outline: PeaksView | null;
  levels: { from: number; step: number; of: RecorderLevels } | null;
}

export const told = signal<ReadonlyMap<string, Told>>(new Map());
/** Rows that can be seen, and a few more. */
export const inSight = signal<readonly string[]>([]);
/** False while what is shown is not yet what was asked for. */
export const settled = signal(false);

/** The last thing that is said aloud; null for "no more gaps here". */
export const said = signal<{ found: Found | null } | null>(null);
export const say = (found: Found | null): void => { said.value = { found }; };

export const timelineOf = (id: string): RecorderTold | undefined => told.value.get(id)?.timeline;

const query = (ids: readonly string[], v: View): string => `${ids.map(id => `recorder=${encodeURIComponent(id)}&`).join("")}from=${Math.floor(v.from)}&to=${Math.ceil(v.to)}`;

/** More of it on either side, nothing of the future. */
function padded(v: View, pad: number): View {
  return { from: Math.max(0, v.from - pad), to: Math.max(v.from + SECOND, Math.min(v.to + pad, Math.max(v.to, Math.ceil(nowUs())))) };
}

async function outlineOf(id: string, v: View): Promise<PeaksView | null> {
  const fine = lengthOf(v) <= MINUTE && lengthOf(view.peek()) <= 30 * SECOND;
  try {
    return await getJson<PeaksView>(`${api("recorders", id, "peaks")}?${query([], v)}&points=4000${fine ? "&fine=1" : ""}`);
  } catch {
    return null; // the timeline is complete without it
  }
}

let running = false;
let soon: ReturnType<typeof setTimeout> | undefined;

/** One question for all that was about to ask. */
function loadIn(ms: number): void {
  clearTimeout(soon);
  soon = setTimeout(() => void load(), ms);
}

/** Asked while a question is under way: for other rows or another view, or for what is new of any. */
let again: "no" | "sight" | "news" = "no";

/** Asks for what is in sight; one question at a time, and the last one asked is always answered. */
async function load(of: "sight" | "news" = "sight"): Promise<void> {
  if (running) {
    if (again !== "news") again = of;
    return;
  }
  running = true;
  const isFirst = told.peek().size === 0;
  try {
    do {
      again = "no";
      await loadOnce(view.peek(), inSight.peek());
    } while (again !== "no" && (again === "news" || !isTold(view.peek(), inSight.peek()))); // rows that have gone out of sight meanwhile are no question
    settled.value = inSight.peek().length > 0;
    if (isFirst && told.peek().size > 0) loadIn(isTold(view.peek(), inSight.peek()) ? MORE_AFTER_MS : HAND_MS);
  } catch (e) {
    trouble.value = e instanceof HubError ? e.message : "";
  } finally {
    running = false;
  }
}

async function loadOnce(shown: View, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const length = lengthOf(shown);
  const period = padded(shown, told.peek().size === 0 ? 0 : Math.round(length / 2)); // who has just come waits for what is shown, no more
  const detail = length <= CHUNKS_MAX ? "chunks" : lengthOf(period) <= SPANS_MAX ? "spans" : "buckets";
  const asked = getJson<TimelineAnswer>(`${api("timeline")}?${query(ids, period)}&detail=${detail}`);
  const loudness = length > OUTLINE_MAX
    ? getJson<LevelsAnswer>(`${api("levels")}?${query(ids, period)}&steps=${lengthOf(period) > length ? 2000 : 1000}`).then(levelsOf)
    : Promise.all(ids.map(id => outlineOf(id, period))).then(all => new Map(all.map((outline, i) => [ids[i]!, { outline, levels: null }])));
  loudness.catch(() => {}); // said below
  const timeline = await asked;
  try {
    const soon = await Promise.race([loudness, new Promise<null>(done => setTimeout(() => done(null), LOUD_MS))]);
    if (soon === null) take(timeline, period, null);
    take(timeline, period, await loudness);
  } catch (e) {
    take(timeline, period, new Map()); // what is kept of another period would pass for this one's
    throw e;
  }
  trouble.value = null;
}

type Loudness = ReadonlyMap<string, Pick<Told, "outline" | "levels">>;

const levelsOf = (answer: LevelsAnswer): Loudness => new Map(answer.recorders.map(of => [of.id, { outline: null, levels: { from: answer.from_us, step: answer.step_us, of } }]));

/** Without loudness the rows keep what they had of it. */
function take(timeline: TimelineAnswer, period: View, loudness: Loudness | null): void {
  const next = new Map(told.peek());
  for (const of of timeline.recorders) {
    const { outline, levels } = (loudness ?? next).get(of.id) ?? { outline: null, levels: null };
    next.delete(of.id); // the newest stand last
    next.set(of.id, { period, detail: timeline.detail, bucketUs: timeline.bucket_us, timeline: of, outline, levels });
  }
  for (const id of next.keys()) if (next.size > KEPT_MAX) next.delete(id);
  told.value = next;
}

export async function refresh(): Promise<void> {
  try {
    const list = await getJson<RecordersView>(api("recorders"));
    hearClock(list.now_us);
    const wasRunning = running;
    batch(() => {
      fitZoom(list.recorders);
      recorders.value = list.recorders;
      trouble.value = null;
      followNow();
      if (inSight.peek().length === 0) inSight.value = rows.peek().slice(0, rowsAtFirst()).map(r => r.id);
    });
    const asksAlready = running && !wasRunning; // the rows that have just come into sight were what began it
    if (view.peek().to > nowUs() - HOUR && !asksAlready) await load("news");
  } catch (e) {
    trouble.value = e instanceof HubError ? e.message : "";
  }
}

async function refreshOverview(): Promise<void> {
  try {
    const answer = await getJson<OverviewAnswer>(api("overview"));
    batch(() => {
      overview.value = answer;
      followNow();
    });
  } catch {
    // the rows are complete without it, and say what is wrong
  }
}

const enough = (has: Told | undefined, v: View): boolean => has !== undefined && has.period.from <= v.from && has.period.to >= Math.min(v.to, nowUs() - SECOND)
  && lengthOf(has.period) <= lengthOf(v) * 4;

const isTold = (v: View, ids: readonly string[]): boolean =>
  ids.every(id => enough(told.peek().get(id), v) && (told.peek().get(id)!.levels === null) === lengthOf(v) <= OUTLINE_MAX);

let first: Promise<void> | null = null;

/** Asks for the first view before the page is drawn: what it will show can be told from the address and the window. */
export async function askFirst(): Promise<void> {
  hearAddress();
  first = refresh().then(() => (isTold(view.peek(), inSight.peek()) ? undefined : load()));
  // Until it is known who there is and the question is on its way; the answer comes while the page is drawn.
  let end = (): void => {};
  const known = new Promise<void>(done => { end = recorders.subscribe(all => { if (all !== null) done(); }); });
  await Promise.race([known, first]);
  end();
}

/** Keeps the archive's news coming while somebody looks. */
export function watch(): () => void {
  const ends = [effect(hearAddress)];
  ends.push(effect(() => {
    const [v, ids] = [view.value, inSight.value];
    if (ids.length === 0) return;
    const all = isTold(v, ids);
    settled.value = all && !running;
    clearTimeout(soon);
    if (told.peek().size === 0) return void load();
    loadIn(all ? MORE_AFTER_MS : HAND_MS);
  }));
  void refreshOverview();
  if (first === null) void refresh();
  first = null;
  let slow = performance.now();
  const timer = setInterval(() => {
    if (document.hidden || link.peek() === "gone" || !mayLook.peek()) return;
    const isLong = lengthOf(view.peek()) > 3 * DAY;
    if (isLong && performance.now() - slow < SLOW_POLL_MS) return;
    slow = performance.now();
    void refresh();
  }, POLL_MS);
  const overviews = setInterval(() => { if (!document.hidden && link.peek() !== "gone" && mayLook.peek()) void refreshOverview(); }, OVERVIEW_MS);
  ends.push(link.subscribe(now => { if (now === "live" && trouble.peek() !== null) void refresh(); }));
  const shown = (): void => { if (!document.hidden) void refresh(); };
  document.addEventListener("visibilitychange", shown);
  ends.push(() => {
    clearInterval(timer);
    clearInterval(overviews);
    clearTimeout(soon);
    document.removeEventListener("visibilitychange", shown);
  });
  return () => ends.forEach(end => end());
}
