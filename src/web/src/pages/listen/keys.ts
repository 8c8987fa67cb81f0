// Keys of the timeline and of the player. They speak only while the focus is in one of the two, never in a field, and can be put off
// altogether (WCAG 2.1.4): a screen reader and a person's own keys come first.
import { signal } from "@preact/signals";
import { nowUs } from "../../time";
import { MINUTE, SECOND } from "./scale";
import { findAt, nextGap } from "./say";
import { active, bringIntoView, choosing, cursor, goToNow, nameOf, opened, view, zoomStep } from "./state";
import { chooseEnd } from "./stretch";
import { back, faster, pause, play, playedUs, playing, playPause, seek, setVolume, toEnd, volume } from "./playing";
import { say, told } from "./told";

const KEPT = "chorale.keys";

function first(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

export const keysOn = signal(first());
export const helpShown = signal(false);
let holdsK = false;

export function setKeys(on: boolean): void {
  keysOn.value = on;
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // for this visit, then
  }
}

/** Keys that a slider has by itself work even when the others are put off. */
const SLIDER = new Set(["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Enter"]);

/** Where keys count from: what is heard, else the cursor, else the middle of what is shown. */
const here = (): number => {
  const heard = playing.peek();
  return heard && heard.id === active.peek() ? playedUs() : cursor.peek() ?? Math.min(nowUs(), (view.peek().from + view.peek().to) / 2);
};

function moveTo(us: number): void {
  const now = playing.peek();
  if (now && now.id === active.peek()) {
    play(now.id, now.name, us);
    bringIntoView(us);
    return;
  }
  cursor.value = Math.max(0, Math.min(nowUs(), us));
  bringIntoView(cursor.value);
}

function step(by: number): void {
  const now = playing.peek();
  if (now && now.id === active.peek()) seek(by);
  else moveTo(here() + by);
}

/** @returns False when the key is none of ours. */
function press(e: KeyboardEvent, inTimeline: boolean): boolean {
  const id = active.peek();
  const spans = id === null ? [] : told.peek().get(id)?.timeline.spans ?? [];
  const shown = view.peek().to - view.peek().from;
  switch (e.key) {
    case "ArrowLeft": step(e.shiftKey ? -MINUTE : -5 * SECOND); return true;
    case "ArrowRight": step(e.shiftKey ? MINUTE : 5 * SECOND); return true;
    case "PageDown": if (!inTimeline) return false; moveTo(here() - shown / 10); return true;
    case "PageUp": if (!inTimeline) return false; moveTo(here() + shown / 10); return true;
    case "Home": case "End": {
      const at = toEnd(e.key === "End", spans);
      if (at !== null) moveTo(at);
      return true;
    }
    case "Enter": if (!inTimeline || id === null) return false; play(id, nameOf(id), here()); return true;
    case " ": if (playing.peek() === null && id !== null && inTimeline) play(id, nameOf(id), here()); else playPause(); return true;
  }
  switch (e.key.toLowerCase()) {
    case "j": back(holdsK); return true;
    case "k": holdsK = true; pause(); return true;
    case "l": faster(holdsK); return true;
    case "+": case "=": zoomStep(false); return true;
    case "-": case "_": zoomStep(true); return true;
    case "[": case "]": if (id !== null) chooseEnd(id, e.key === "[" ? "from" : "to", here()); return true;
    case "g": {
      const gap = id === null ? undefined : nextGap(told.peek().get(id), here(), !e.shiftKey);
      if (gap) {
        cursor.value = gap.from_us;
        bringIntoView(gap.from_us);
      }
      say(gap && id !== null ? findAt(told.peek().get(id), gap.from_us + 1) : null);
      return true;
    }
    case "s": choosing.value = !choosing.peek(); return true;
    case "n": goToNow(); return true;
    case "o": opened.value = opened.peek() === id ? null : id; return true;
    case "?": helpShown.value = !helpShown.peek(); return true;
    case "escape": if (!helpShown.peek() && !choosing.peek()) return false; helpShown.value = false; choosing.value = false; return true;
    default: return false;
  }
}

const isField = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** What a button or a link does with these is its own. */
const presses = (target: EventTarget | null, key: string): boolean => (key === " " || key === "Enter") && target instanceof HTMLElement && target.closest("button, a, summary") !== null;

export function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isField(e.target) || presses(e.target, e.key)) return;
  const place = e.target instanceof Element ? e.target : null;
  const row = place?.closest<HTMLElement>(".track")?.dataset["recorder"];
  if (row !== undefined) active.value = row;
  const body = e.target === document.body || (place?.closest("main") !== null && place?.closest(".timeline") !== null);
  if (row === undefined && !body && place?.closest(".player") === null) return;
  if (!keysOn.peek() && !(row !== undefined && (SLIDER.has(e.key) || e.key === " ")) && e.key !== "?") return;
  if (press(e, row !== undefined)) e.preventDefault();
}

export function offKey(e: KeyboardEvent): void {
  if (e.key.toLowerCase() === "k") holdsK = false;
}

/** Listens while the timeline is there; the player is heard on every page. */
export function hearKeys(): () => void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("keyup", offKey);
  return () => {
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("keyup", offKey);
  };
}

export const louder = (by: number): void => setVolume(volume.peek() + by);
