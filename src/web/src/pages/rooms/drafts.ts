// What was typed into the scene editor and not saved: it stays while one looks at other pages and when the page is loaded anew, and goes with the tab.
import { effect, signal, untracked } from "@preact/signals";
import { me } from "../../live/me";

const KEY = "chorale.drafts", KEEP_AFTER_MS = 300;

export interface Draft {
  text: string;
  /** Of the file as it was when the typing began: what somebody saves meanwhile is not overwritten. */
  tag: string | null;
  /** Of the last key, by this machine's clock. */
  at: number;
}

function isDraft(entry: unknown): entry is [string, Draft] {
  const [key, draft] = Array.isArray(entry) ? (entry as [unknown, Partial<Draft> | null]) : [null, null];
  return typeof key === "string" && typeof draft?.text === "string" && typeof draft.at === "number" && (draft.tag === null || typeof draft.tag === "string");
}

function kept(): Map<string, Draft> {
  try {
    const all: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return new Map(Array.isArray(all) ? all.filter(isDraft) : []);
  } catch {
    return new Map(); // a browser that keeps nothing
  }
}

const drafts = signal<ReadonlyMap<string, Draft>>(kept());

function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // a browser that keeps nothing
  }
}

function keep(): void {
  try {
    if (drafts.peek().size === 0) forget();
    else sessionStorage.setItem(KEY, JSON.stringify([...drafts.peek()]));
  } catch {
    forget(); // no room for it: it lives as long as the page, and nothing older stands for it
  }
}

// Each has their own, whoever logs in in this tab next. No room has a slash in its id.
const roomOf = (room: string): string => `${me.value?.user ?? ""}:${room}/`;
const keyOf = (room: string, scene: string): string => roomOf(room) + scene;

export const draftOf = (room: string, scene: string): Draft | undefined => drafts.value.get(keyOf(room, scene));
export const peekDraft = (room: string, scene: string): Draft | undefined => untracked(() => draftOf(room, scene));

/** The scenes of a room that are not saved. */
export function unsavedOf(room: string): string[] {
  const prefix = roomOf(room);
  return [...drafts.value.keys()].flatMap(key => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
}

export function keepDraft(room: string, scene: string, text: string, tag: string | null): void {
  drafts.value = new Map(drafts.peek()).set(untracked(() => keyOf(room, scene)), { text, tag, at: Date.now() });
}

export function dropDraft(room: string, scene: string): void {
  const left = new Map(drafts.peek());
  if (left.delete(untracked(() => keyOf(room, scene)))) drafts.value = left;
}

// Not at every key; what the last ones were is kept when the page goes.
effect(() => {
  drafts.value;
  const timer = setTimeout(keep, KEEP_AFTER_MS);
  return () => clearTimeout(timer);
});
globalThis.addEventListener?.("pagehide", keep);

// Whichever page is looked at: who closes the tab is asked first.
effect(() => {
  const mine = `${me.value?.user ?? ""}:`; // of others who were logged in here nobody is asked
  if (![...drafts.value.keys()].some(key => key.startsWith(mine))) return;
  const ask = (e: Event): void => e.preventDefault();
  globalThis.addEventListener?.("beforeunload", ask);
  return () => globalThis.removeEventListener?.("beforeunload", ask);
});
