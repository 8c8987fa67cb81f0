// What was typed into the scene editor and not saved: it stays while one looks at other pages, and goes with the tab.
import { effect, signal } from "@preact/signals";

export interface Draft {
  text: string;
  /** Of the file as it was when the typing began: what somebody saves meanwhile is not overwritten. */
  tag: string | null;
  /** Of the last key, by this machine's clock. */
  at: number;
}

const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

// No room has a slash in its id.
const keyOf = (room: string, scene: string): string => `${room}/${scene}`;

export const draftOf = (room: string, scene: string): Draft | undefined => drafts.value.get(keyOf(room, scene));
export const peekDraft = (room: string, scene: string): Draft | undefined => drafts.peek().get(keyOf(room, scene));

/** The scenes of a room that are not saved. */
export const unsavedOf = (room: string): string[] => [...drafts.value.keys()].flatMap(key => (key.startsWith(`${room}/`) ? [key.slice(room.length + 1)] : []));

export function keepDraft(room: string, scene: string, text: string, tag: string | null): void {
  drafts.value = new Map(drafts.peek()).set(keyOf(room, scene), { text, tag, at: Date.now() });
}

export function dropDraft(room: string, scene: string): void {
  const left = new Map(drafts.peek());
  if (left.delete(keyOf(room, scene))) drafts.value = left;
}

// Whichever page is looked at: who closes the tab is asked first.
effect(() => {
  if (drafts.value.size === 0) return;
  const ask = (e: Event): void => e.preventDefault();
  globalThis.addEventListener?.("beforeunload", ask);
  return () => globalThis.removeEventListener?.("beforeunload", ask);
});
