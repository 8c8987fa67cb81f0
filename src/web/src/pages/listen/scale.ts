// How much is shown, and where. Pure: no document, no clock. Microseconds since 1970 UTC.
export interface View {
  from: number;
  to: number;
}

export const SECOND = 1e6, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY;

/** The steps of + and -, and their names in an address. */
export const STEPS: readonly (readonly [name: string, us: number])[] = [
  ["10s", 10 * SECOND], ["1m", MINUTE], ["10m", 10 * MINUTE], ["1h", HOUR], ["6h", 6 * HOUR], ["24h", DAY], ["7d", 7 * DAY], ["30d", 30 * DAY], ["1y", YEAR],
];
export const SHORTEST = 10 * SECOND;

export const lengthOf = (view: View): number => view.to - view.from;
export const middleOf = (view: View): number => (view.from + view.to) / 2;

/** The name of a step that is this long, give or take a thousandth; days of 23 hours are days. */
export const stepOf = (us: number): string | null => STEPS.find(([name, of]) => Math.abs(us - of) < (name === "24h" ? 1.1 * HOUR : name.endsWith("d") || name === "1y" ? 2 * HOUR : of / 1000))?.[0] ?? null;

/** The next longer or shorter step. */
export function nextStep(us: number, longer: boolean, all: number): number {
  const steps = [...STEPS.map(s => s[1]).filter(s => s < all), all].sort((a, b) => a - b);
  return (longer ? steps.find(s => s > us * 1.05) : steps.findLast(s => s < us / 1.05)) ?? (longer ? Math.max(all, us) : SHORTEST);
}

/** Makes a view longer or shorter; what lies at `at` stays where it is on the screen. */
export function zoomAround(view: View, at: number, length: number): View {
  const part = Math.max(0, Math.min(1, (at - view.from) / lengthOf(view)));
  return { from: Math.floor(at - part * length), to: Math.floor(at - part * length) + Math.round(length) };
}

export const moved = (view: View, by: number): View => ({ from: Math.floor(view.from + by), to: Math.floor(view.to + by) });

/** No shorter than ten seconds, no longer than all there is, and never out of sight of it. */
export function held(view: View, oldest: number, now: number): View {
  const longest = Math.max(YEAR * 1.01, (now - oldest) * 1.2);
  const length = Math.min(longest, Math.max(SHORTEST, lengthOf(view)));
  const sized = length === lengthOf(view) ? view : zoomAround(view, middleOf(view), length);
  const over = sized.from - Math.max(now, oldest), under = oldest - sized.to;
  return over > 0 ? moved(sized, -over - length / 10) : under > 0 ? moved(sized, under + length / 10) : sized;
}

const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000].map(s => s * SECOND);

export interface Tick {
  us: number;
  unit: "second" | "minute" | "day" | "month";
}

/** Round local times in a view, at most so many. */
export function ticks(view: View, most: number): Tick[] {
  const step = TICKS.find(s => lengthOf(view) / s <= most);
  if (step === undefined) return months(view, most);
  const zone = (us: number): number => new Date(us / 1000).getTimezoneOffset() * MINUTE;
  const found: Tick[] = [];
  for (let local = Math.ceil((view.from - zone(view.from)) / step) * step; ; local += step) {
    const us = local + zone(local + zone(local)); // the day the clocks change has its ticks at whole hours too
    if (us > view.to) return found;
    if (us >= view.from) found.push({ us, unit: step >= DAY ? "day" : step >= MINUTE ? "minute" : "second" });
  }
}

function months(view: View, most: number): Tick[] {
  const at = new Date(view.from / 1000);
  const step = [1, 2, 3, 6, 12].find(n => lengthOf(view) / (n * 30 * DAY) <= most) ?? 12;
  const found: Tick[] = [];
  for (let month = Math.floor(at.getMonth() / step) * step; ; month += step) {
    const us = new Date(at.getFullYear(), month, 1).getTime() * 1000;
    if (us > view.to) return found;
    if (us >= view.from) found.push({ us, unit: "month" });
  }
}

/** How full each step of the overview is, 0 to 1: of a step heard throughout by as many recorders as were ever heard at once, one at least. Three minutes in an hour are three minutes, whatever else there is. */
export function fullness(coveredUs: readonly number[], stepUs: number): number[] {
  const most = coveredUs.reduce((a, b) => Math.max(a, b), 0);
  const whole = stepUs * Math.max(1, Math.ceil(most / stepUs - 0.01)); // a chunk over a border is not one recorder more
  return coveredUs.map(us => Math.min(1, us / whole));
}
