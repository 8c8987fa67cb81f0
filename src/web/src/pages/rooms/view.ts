// What a room's view means at this moment: the hub tells it when something changes, in between the clock goes on here.
import type { RoomView } from "../../api/types";
import type { Action } from "../../api/access";
import { link } from "../../live/connection";
import { words } from "../../i18n";
import { mayNot } from "../../live/me";
import { roomHeardAt, rooms } from "../../live/store";
import { nowUs, tenth } from "../../time";

/** Milliseconds since the figures of a run were taken; stands still while the link is gone. Who calls it is drawn ten times a second. */
export function sinceTaken(room: RoomView): number {
  if (link.value !== "live" || room.run === null || room.run.held) return 0;
  tenth.value;
  return Math.max(0, (nowUs() - room.run.at_us) / 1000);
}

/** Milliseconds since the hub told this view. */
export function sinceHeard(room: RoomView): number {
  if (link.value !== "live") return 0;
  tenth.value;
  return Math.max(0, performance.now() - (roomHeardAt.get(room) ?? performance.now()));
}

/** Why nothing can be asked of a room now; null: it can. Scenes and buttons are the room's own and can be tried without a broker; what goes to a device cannot. */
export function whyNot(action: Action = "operate", sendsFrom?: RoomView): string | null {
  if (link.value !== "live") return words.value.shell.hubGone;
  return sendsFrom && !sendsFrom.connected ? words.value.rooms.noDevices : mayNot(action);
}

export const roomOf = (id: string | undefined): RoomView | undefined => (id === undefined ? undefined : rooms.find(id));

/** A confirmed or wanted state in a word, whether the hub tells a word or on and off. */
export function wordOf(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "boolean" ? (value ? "ON" : "OFF") : String(value);
}
