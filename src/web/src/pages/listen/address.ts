// A place on the timeline as an address, so that it can be shared and gone back to: #/listen/2026-11-28T14:00:00Z/10m/mic/mic-07
// is ten minutes around that instant, of the recorders that match "mic", with mic-07 opened. Times are UTC: the same for whoever opens it.
import { MINUTE, SECOND, STEPS, stepOf } from "./scale";

export interface Place {
  /** The middle; null follows now. */
  at: number | null;
  length: number | "all" | null;
  filter: string;
  open: string | null;
}

const ANY = "*";
const LENGTH_MAX = 200 * 365 * 24 * 60 * MINUTE;

export function write(place: Place): string[] {
  const at = place.at === null ? "now" : new Date(Math.round(place.at / 1e6) * 1000).toISOString().replace(".000Z", "Z");
  const length = place.length === "all" ? "all" : place.length === null ? "" : stepOf(place.length) ?? `${Math.round(place.length / SECOND)}s`;
  const all = [at, length, place.filter || ANY, place.open ?? ""];
  while (all.length > 2 && (all.at(-1) === "" || all.at(-1) === ANY)) all.pop();
  return place.at === null && length === "" && all.length === 2 ? [] : all.map(p => p || ANY);
}

/** What cannot be read is as if it were not there: addresses are typed by hand, too. */
export function read(parts: readonly string[]): Place {
  const [at, length, filter, open] = parts;
  const us = at === undefined || at === "now" ? NaN : Date.parse(at) * 1000;
  const seconds = /^(\d{1,10})s$/.exec(length ?? "");
  const told = STEPS.find(s => s[0] === length)?.[1] ?? (length === "all" ? "all" : seconds ? Math.min(LENGTH_MAX, Math.max(10, Number(seconds[1])) * SECOND) : null);
  return {
    at: Number.isFinite(us) && us >= 0 && us < 7.2e15 ? us : null, length: told, filter: filter === undefined || filter === ANY ? "" : filter,
    open: open === undefined || open === "" || open === ANY ? null : open,
  };
}
