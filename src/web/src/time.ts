// Times are microseconds since 1970 UTC, as the hub tells them; what is shown is local.
import { signal } from "@preact/signals";
import { formatDate, formatNumber } from "./formats";
import { locale, words } from "./i18n";

const offsetUs = signal(0); // the hub's clock against this machine's

/** The hub's time now, as well as this machine knows it. */
export const nowUs = (): number => Date.now() * 1000 + offsetUs.peek();

export function hearClock(hubUs: number): void {
  offsetUs.value = hubUs - Date.now() * 1000;
}

/** Rises every second: who reads it is drawn again. */
export const second = signal(0);

/** Rises ten times a second while somebody reads it: play heads, countdowns. */
export const tenth = signal(0, {
  watched() {
    timer ??= setInterval(() => tenth.value++, 100);
  },
  unwatched() {
    clearInterval(timer);
    timer = undefined;
  },
});
let timer: ReturnType<typeof setInterval> | undefined;

export function startSeconds(): void {
  setInterval(() => second.value++, 1000);
}

/** As toLocaleString has it. */
const whole: Intl.DateTimeFormatOptions = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
const two: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
export const clock = (us: number): string => formatDate(locale.value, new Date(us / 1000), two);
/** HH:MM */
export const minute = (us: number): string => formatDate(locale.value, new Date(us / 1000), { hour: "2-digit", minute: "2-digit" });
export const dateTime = (us: number): string => formatDate(locale.value, new Date(us / 1000), whole);

export const isThisYear = (us: number): boolean => new Date(us / 1000).getFullYear() === new Date().getFullYear();

/** The time of day, with the day where it is not today's and the year where it is not this one. */
export function moment(us: number): string {
  const at = new Date(us / 1000);
  if (at.toDateString() === new Date().toDateString()) return formatDate(locale.value, at, two);
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return formatDate(locale.value, at, isThisYear(us) ? day : { ...day, year: "numeric" });
}

/** A length of time in the unit a person would say it in. */
export function duration(us: number): string {
  const u = words.value.units;
  const s = us / 1e6;
  const number = (value: number, digits = 0): string => formatNumber(locale.value, value, { maximumFractionDigits: digits, minimumFractionDigits: digits });
  if (s < 1) return `${number(s * 1000)} ${u.ms}`;
  if (s < 120) return `${number(s)} ${u.s}`;
  if (s < 7200) return `${number(s / 60)} ${u.min}`;
  return s < 172800 ? `${number(s / 3600, 1)} ${u.h}` : u.days(Math.round(s / 86400));
}

/** m:ss.t, for what runs. */
export function running(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  const [m, s] = [Math.floor(tenths / 600), Math.floor(tenths / 10) % 60];
  const sign = m >= 60 ? `${Math.floor(m / 60)}:${String(m % 60).padStart(2, "0")}` : String(m);
  return `${sign}:${String(s).padStart(2, "0")}.${tenths % 10}`;
}

export function bytes(count: number): string {
  const steps: [number, string][] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
  const [size, unit] = steps.find(([s]) => count >= s) ?? [1, "B"];
  return `${formatNumber(locale.value, count / size, { maximumFractionDigits: size > 1e3 ? 1 : 0 })} ${unit}`;
}
