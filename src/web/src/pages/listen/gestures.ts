// What hands do on a timeline: a press plays, a drag moves the view or chooses a stretch, the wheel with Ctrl and two fingers zoom.
import { nowUs } from "../../time";
import { findAt, gapKind } from "./say";
import { lengthOf, moved, zoomAround, type View } from "./scale";
import { active, choosing, cursor, nameOf, showView, view } from "./state";
import { choose } from "./stretch";
import { play } from "./playing";
import { tip } from "./tip";
import { told } from "./told";

/** Less is a trembling hand. */
const DRAG_PX = 5;
/** A notch of a wheel is 100 to 120. */
const WHEEL_HALF = 250;

const usAt = (frame: HTMLElement, clientX: number, of: View = view.peek()): number => {
  const rect = frame.getBoundingClientRect();
  return of.from + Math.max(0, Math.min(1, (clientX - rect.left) / rect.width)) * lengthOf(of);
};

interface Hand {
  id: number;
  x: number;
}

let hands: Hand[] = [];
let began: { view: View; x: number; spread: number; chooses: boolean; moved: boolean } | null = null;

const middleX = (): number => hands.reduce((sum, h) => sum + h.x, 0) / hands.length;
const spread = (): number => (hands.length < 2 ? 0 : Math.abs(hands[0]!.x - hands[1]!.x));

function begin(shift: boolean, keepsMoved: boolean): void {
  began = { view: view.peek(), x: middleX(), spread: spread(), chooses: hands.length === 1 && (shift || choosing.peek()), moved: keepsMoved };
}

/** Handlers for a frame as wide as the view; `recorder` is null for the axis, which belongs to all. */
export function gestures(recorder: string | null): Record<string, (e: never) => void> {
  return {
    onPointerDown(e: PointerEvent) {
      if (e.button !== 0) return;
      const frame = e.currentTarget as HTMLElement;
      hands = [...hands.filter(h => h.id !== e.pointerId), { id: e.pointerId, x: e.clientX }].slice(-2);
      frame.setPointerCapture(e.pointerId);
      if (recorder !== null) active.value = recorder;
      begin(e.shiftKey, began?.moved === true && hands.length > 1);
    },
    onPointerMove(e: PointerEvent) {
      const frame = e.currentTarget as HTMLElement;
      const hand = hands.find(h => h.id === e.pointerId);
      if (!hand || !began) {
        if (e.pointerType !== "touch" && recorder !== null && !tip.peek()?.pinned) tip.value = { id: recorder, us: usAt(frame, e.clientX), x: e.clientX, y: frame.getBoundingClientRect().bottom + 4, pinned: false };
        return;
      }
      hand.x = e.clientX;
      if (!began.moved && hands.length === 1 && Math.abs(e.clientX - began.x) <= DRAG_PX) return;
      began.moved = true;
      tip.value = null;
      if (began.chooses) {
        if (recorder !== null) choose(recorder, usAt(frame, began.x, began.view), usAt(frame, e.clientX, began.view));
        return;
      }
      const width = frame.getBoundingClientRect().width;
      const by = (began.x - middleX()) / width * lengthOf(began.view);
      const near = hands.length > 1 && began.spread > 20 ? zoomAround(began.view, usAt(frame, began.x, began.view), lengthOf(began.view) * began.spread / Math.max(20, spread())) : began.view;
      showView(moved(near, by * lengthOf(near) / lengthOf(began.view)));
    },
    onPointerUp(e: PointerEvent) {
      const wasMoved = began?.moved === true;
      const mine = hands.some(h => h.id === e.pointerId);
      hands = hands.filter(h => h.id !== e.pointerId);
      if (hands.length > 0) return begin(false, true);
      began = null;
      if (!mine || wasMoved) return;
      const frame = e.currentTarget as HTMLElement;
      const us = usAt(frame, e.clientX);
      if (recorder === null) cursor.value = us;
      else press(frame, recorder, us, e.clientX);
    },
    onPointerCancel() {
      hands = [];
      began = null;
    },
    onPointerLeave() {
      if (!tip.peek()?.pinned) tip.value = null;
    },
    onWheel(e: WheelEvent) {
      const frame = e.currentTarget as HTMLElement;
      const sideways = e.shiftKey && e.deltaX === 0 ? e.deltaY : Math.abs(e.deltaX) > Math.abs(e.deltaY) ? e.deltaX : 0;
      if (e.ctrlKey || e.metaKey || (recorder === null && sideways === 0)) {
        e.preventDefault();
        showView(zoomAround(view.peek(), usAt(frame, e.clientX), lengthOf(view.peek()) * 2 ** ((e.deltaMode === 1 ? e.deltaY * 40 : e.deltaY) / WHEEL_HALF)));
      } else if (sideways !== 0) {
        e.preventDefault();
        showView(moved(view.peek(), sideways / frame.clientWidth * lengthOf(view.peek())));
      }
    },
  } as Record<string, (e: never) => void>;
}

/** A gap with a reason tells it; everything else plays, from the next audio there is. */
function press(frame: HTMLElement, recorder: string, us: number, x: number): void {
  const found = findAt(told.peek().get(recorder), us, lengthOf(view.peek()) / 400);
  if (found.kind === "gap" && (gapKind(found.cause) !== "plain" || found.cause === "retention") && us < nowUs()) {
    cursor.value = us;
    tip.value = { id: recorder, us, x, y: frame.getBoundingClientRect().bottom + 4, pinned: true };
    return;
  }
  tip.value = null;
  play(recorder, nameOf(recorder), us);
}
