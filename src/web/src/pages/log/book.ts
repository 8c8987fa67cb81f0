// The book of events on this page: what was asked for, what came since, and what waits while one reads further down.
import { effect, signal } from "@preact/signals";
import { api, getJson, HubError } from "../../api/http";
import type { LogEvent, LogView } from "../../api/types";
import { words } from "../../i18n";
import { onLog, onSnapshot } from "../../live/store";
import { addressOf, takes, type Filter } from "./filter";

const PAGE = 200;

/** Followed for a day, the table stays this long; what is older is asked for again when somebody wants it. */
export const SHOWN_MAX = 1_000;

export const filter = signal<Filter>({ level: "info", area: "", subject: "", q: "", from: "", to: "" });
export const events = signal<readonly LogEvent[]>([]);

/** Cursor of what is older; null: there is no more. */
export const next = signal<number | null>(null);
export const state = signal<"loading" | "ready">("loading");
export const problem = signal<string | null>(null);

/** False while the reader is further down: nothing moves under the eyes. */
export const follows = signal(true);

/** Came while it did not follow. */
export const unseen = signal(0);

let isOpen = false;
let asking: AbortController | null = null;

/** Came while the newest page was asked for: it may have been read before they happened, and arrive after them. */
let meanwhile: LogEvent[] | null = null;

async function ask(before: number | null): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  meanwhile = before === null ? [] : null;
  state.value = "loading";
  try {
    const told = await getJson<LogView>(addressOf(filter.peek(), PAGE, before), mine.signal);
    const newest = told.events[0]?.id ?? 0;
    const since = (meanwhile ?? []).filter(e => e.id > newest).reverse();
    if (before === null) unseen.value = 0;
    events.value = before === null ? [...since, ...told.events] : [...events.peek(), ...told.events];
    next.value = told.next;
    problem.value = null;
  } catch (e) {
    if (mine.signal.aborted) return;
    problem.value = e instanceof HubError ? e.message : words.peek().shell.hubGone;
  }
  meanwhile = null;
  state.value = "ready";
}

/** The newest page anew. */
export const reload = (): void => void ask(null);
export const older = (): void => { if (next.peek() !== null) void ask(next.peek()); };

/** Back to the top, where new events appear by themselves. */
export function followAgain(): void {
  follows.value = true;
  if (unseen.peek() > 0) reload();
}

/** While the page is open. */
export function open(): () => void {
  isOpen = true;
  follows.value = true;
  const end = effect(() => { filter.value; reload(); });
  return () => {
    isOpen = false;
    end();
    asking?.abort();
  };
}

let came: LogEvent[] = [];

onLog(event => {
  if (!isOpen || !takes(filter.peek(), event)) return;
  if (meanwhile) meanwhile = [...meanwhile.slice(1 - SHOWN_MAX), event];
  if (came.push(event) === 1) queueMicrotask(takeIn); // all of what came together at once
});

function takeIn(): void {
  const newest = events.peek()[0]?.id ?? 0;
  const fresh = came.filter(e => e.id > newest); // what a page that was just asked for has already
  came = [];
  if (!isOpen || fresh.length === 0) return;
  if (!follows.peek()) {
    unseen.value += fresh.length;
    return;
  }
  const shown = [...fresh.reverse(), ...events.peek()];
  if (shown.length > SHOWN_MAX) {
    shown.length = SHOWN_MAX;
    next.value = shown.at(-1)!.id;
  }
  events.value = shown;
}

onSnapshot(() => { if (isOpen && follows.peek()) reload(); });
export const saveAddress = (format: string): string => addressOf(filter.value, null, null, api("log", "export"), format);
