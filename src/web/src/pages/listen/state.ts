// What is shown of the timeline: the view, whose rows, and the address that says so.
import { batch, computed, signal } from "@preact/signals";
import { api } from "../../api/http";
import type { OverviewAnswer } from "../../api/timeline";
import type { RecorderTimeline, RecorderView } from "../../api/types";
import { byName } from "../../formats";
import { go, parts, to } from "../../router";
import { nowUs } from "../../time";
import { read, write } from "./address";
import { DAY, held, HOUR, lengthOf, middleOf, MINUTE, moved, nextStep, STEPS, stepOf, type View, zoomAround } from "./scale";

export { HOUR };
export type { View };

export const view = signal<View>(viewAt(nowUs(), DAY, true));
/** The view ends at now, and goes on with it. */
export const follow = signal(true);
/** The view is all there is, and grows with it. */
export const isAll = signal(false);
export const filter = signal("");
export const opened = signal<string | null>(null);
export const recorders = signal<RecorderView[] | null>(null);
export const overview = signal<OverviewAnswer | null>(null);
export const trouble = signal<string | null>(null);
/** A time that was asked for or clicked on; a line through all rows. */
export const cursor = signal<number | null>(null);
/** The row that keys speak to. */
export const active = signal<string | null>(null);
/** A drag chooses a stretch instead of moving the view. */
export const choosing = signal(false);
let chosen = false;

export const nameOf = (id: string): string => recorders.value?.find(r => r.id === id)?.name ?? id;
export const rangeAddress = (id: string, from: number, until: number, rest: string): string => `${api("recorders", id, "range")}?from=${from}&to=${until}&${rest}`;

/** Recorders in the order of their names, as far as they match. */
export const rows = computed(() => {
  const wanted = filter.value.trim().toLowerCase();
  const name = (r: RecorderView): string => r.name ?? r.id;
  return (recorders.value ?? []).filter(r => wanted === "" || name(r).toLowerCase().includes(wanted) || r.id.includes(wanted))
    .sort((a, b) => byName(name(a), name(b)));
});

export const oldestUs = (): number => overview.peek()?.oldest_us ?? Math.min(nowUs() - HOUR, ...(recorders.peek() ?? []).map(r => r.first_seen_us));
const allUs = (): number => Math.max(HOUR, (nowUs() - oldestUs()) * 1.05);
const allView = (): View => ({ from: Math.floor(nowUs() + allUs() * 0.02 - allUs()), to: Math.ceil(nowUs() + allUs() * 0.02) });

function dayStart(us: number): Date {
  const day = new Date(us / 1000);
  day.setHours(0, 0, 0, 0);
  return day;
}

/** Whole days begin at local midnight (a day of 23 or 25 hours is one); shorter views end a little after now, or lie around their time. */
export function viewAt(anchorUs: number, length: number, follows: boolean): View {
  const step = stepOf(length);
  if (step !== null && length >= DAY * 0.9) {
    const end = dayStart(anchorUs);
    end.setDate(end.getDate() + 1);
    const from = new Date(end);
    const days = Math.round(length / DAY);
    if (!follows && days > 1) {
      end.setDate(end.getDate() + Math.floor(days / 2));
      from.setTime(end.getTime());
    }
    from.setDate(from.getDate() - days);
    return { from: from.getTime() * 1000, to: end.getTime() * 1000 };
  }
  const end = follows ? anchorUs + length / 30 : anchorUs + length / 2;
  return { from: Math.floor(end - length), to: Math.floor(end - length) + Math.round(length) };
}

/** The shown day as a date field has it. */
export const day = computed(() => {
  const at = new Date(middleOf(view.value) / 1000);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
});

/** By a hand that moves or zooms: the view goes with it, and no longer with now. */
export function showView(wanted: View): void {
  chosen = true;
  batch(() => {
    follow.value = false;
    isAll.value = false;
    view.value = held(wanted, oldestUs(), nowUs());
  });
  keepAddress();
}

/** By a choice: Back goes to where one was. */
function showStep(wanted: View, follows: boolean): void {
  chosen = true;
  batch(() => {
    follow.value = follows;
    isAll.value = false;
    view.value = wanted;
  });
  keepAddress("step");
}

export const move = (by: number): void => showStep(stepOf(lengthOf(view.peek())) !== null && lengthOf(view.peek()) > DAY * 0.9
  ? viewAt(middleOf(view.peek()) + Math.sign(by) * lengthOf(view.peek()), lengthOf(view.peek()), false)
  : held(moved(view.peek(), by * lengthOf(view.peek())), oldestUs(), nowUs()), false);

export const goToNow = (): void => showStep(viewAt(nowUs(), Math.min(lengthOf(view.peek()), 7 * DAY), true), true);

export function goToDay(text: string): void {
  const [year, month, date] = text.split("-").map(Number);
  if (!year || !month || !date) return;
  const length = chosen && lengthOf(view.peek()) <= DAY ? lengthOf(view.peek()) : DAY; // who picks a day wants to see the day
  const old = new Date(middleOf(view.peek()) / 1000);
  const at = length >= DAY * 0.9 ? new Date(year, month - 1, date, 12) : new Date(year, month - 1, date, old.getHours(), old.getMinutes());
  showStep(viewAt(at.getTime() * 1000, length, false), false);
}

/** A time of the shown day: ten minutes around it, and a line at it. */
export function goToTime(text: string): void {
  const [hour, minute, second] = text.split(":").map(Number);
  const [year, month, date] = day.peek().split("-").map(Number);
  if (hour === undefined || minute === undefined || !year || !month || !date) return;
  const at = new Date(year, month - 1, date, hour, minute, second ?? 0).getTime() * 1000;
  cursor.value = at;
  showStep(viewAt(at, Math.min(lengthOf(view.peek()), 10 * MINUTE), false), false);
}

export function zoomTo(name: string, at?: number): void {
  const length = STEPS.find(s => s[0] === name)?.[1] ?? lengthOf(view.peek());
  if (name === "all") {
    showStep(allView(), false);
    isAll.value = true;
    return keepAddress();
  }
  const around = at ?? (inView(cursor.peek()) ? cursor.peek()! : middleOf(view.peek()));
  showStep(follow.peek() && at === undefined ? viewAt(nowUs(), length, true) : length >= DAY * 0.9 ? viewAt(around, length, false) : held(zoomAround(view.peek(), around, length), oldestUs(), nowUs()), follow.peek() && at === undefined);
}

export const inView = (us: number | null): boolean => us !== null && us >= view.peek().from && us <= view.peek().to;

/** One step nearer or farther, around the cursor where it is seen. */
export function zoomStep(longer: boolean): void {
  const length = nextStep(lengthOf(view.peek()), longer, allUs());
  const at = inView(cursor.peek()) ? cursor.peek()! : follow.peek() ? Math.min(nowUs(), view.peek().to) : middleOf(view.peek());
  showView(zoomAround(view.peek(), at, length));
  isAll.value = length >= allUs() * 0.999;
}

/** Shows a time: the view stays as long as it is, and moves only if it has to. */
export function bringIntoView(us: number): void {
  const { from, to: until } = view.peek();
  if (us >= from && us <= until) return;
  showView(moved(view.peek(), us - (us < from ? from + lengthOf(view.peek()) * 0.1 : until - lengthOf(view.peek()) * 0.1)));
}

/** Until somebody chooses: as much as there is, so that the first ten seconds are no hair on a whole day. */
export function fitZoom(all: readonly RecorderView[]): void {
  if (chosen || !follow.peek() || all.length === 0) return;
  const age = nowUs() - Math.min(...all.map(r => r.first_seen_us));
  const length = [10 * MINUTE, HOUR, 6 * HOUR, DAY].find(l => l >= age * 1.1) ?? DAY;
  view.value = viewAt(nowUs(), length, true);
}

/** Goes on with now, or with what there is. */
export function followNow(): void {
  if (isAll.peek()) view.value = allView();
  if (follow.peek()) view.value = viewAt(nowUs(), lengthOf(view.peek()), true);
}

// The address says where one is; what it says is where one is.
let written: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

export function keepAddress(how: "step" | "along" = "along"): void {
  clearTimeout(timer);
  const keep = (replace: boolean): void => {
    if (parts.peek()[0] !== "listen") return;
    const address = to("listen", ...write({
      at: follow.peek() || isAll.peek() ? null : middleOf(view.peek()), length: isAll.peek() ? "all" : chosen || opened.peek() ? lengthOf(view.peek()) : null,
      filter: filter.peek(), open: opened.peek(),
    }));
    if (address === written) return;
    written = address;
    go(address, replace);
  };
  if (how === "step") keep(false);
  else timer = setTimeout(() => keep(true), 300);
}

/** Takes on what the address says, unless it was written here. */
export function hearAddress(): void {
  const [page, ...rest] = parts.value;
  if (page !== "listen") return;
  const address = to("listen", ...rest);
  if (address === written) return;
  written = address;
  const place = read(rest);
  batch(() => {
    filter.value = place.filter;
    opened.value = place.open;
    follow.value = place.at === null && place.length !== "all";
    chosen = place.at !== null || place.length !== null;
    isAll.value = place.length === "all";
    if (place.length === "all") view.value = allView();
    else if (place.at !== null) {
      const length = place.length ?? DAY;
      view.value = stepOf(length) !== null && length >= DAY * 0.9 ? viewAt(place.at, length, false) : held({ from: Math.floor(place.at - length / 2), to: Math.floor(place.at + length / 2) }, oldestUs(), nowUs());
    } else if (place.length !== null) view.value = viewAt(nowUs(), place.length, true);
  });
}

// What others ask of the timeline.
export { timelineOf } from "./told";
export { play } from "./playing";
export type { RecorderTimeline };
