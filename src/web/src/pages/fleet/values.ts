// What may be typed into the forms, judged before it is sent as the hub and the modules judge it. Pure.
import type { ModuleView } from "../../api/types";

export const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Seconds of `90`, `1:30` or `1:00:00`; null where it is none of these. */
export function seconds(text: string): number | null {
  const parts = text.trim().replace(",", ".").split(":");
  if (parts.length > 3 || parts.some((p, i) => !(i === parts.length - 1 ? /^\d+(\.\d+)?$/ : /^\d+$/).test(p))) return null;
  if (parts.length > 1 && parts.slice(1).some(p => Number(p) >= 60)) return null;
  return parts.reduce((sum, p) => sum * 60 + Number(p), 0);
}

export const configKeys = ["samplerate", "channels", "codec", "device", "dtype"] as const;
export type ConfigKey = (typeof configKeys)[number];

export const codecs = ["wav", "flac", "opus"] as const;
export const dtypes = ["float32", "int32", "int24", "int16"] as const;

export interface Value {
  text: string | null;
  count: number;
}

const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

/** What the modules have now of one setting, the most frequent first, of equals in their own order. More than one: they differ. */
export function valuesOf(all: readonly ModuleView[], key: ConfigKey): Value[] {
  const counts = new Map<string | null, number>();
  for (const m of all) {
    if (!m.config) continue;
    const text = textOf(m.config[key]);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count || (a.text ?? "").localeCompare(b.text ?? "", "en", { numeric: true }));
}

export interface Typed {
  key: ConfigKey;
  text: string;
}

/** What stands in the way of one setting, as the module would say it: its name and what is allowed. */
export type Fault = { key: ConfigKey; min: number; max: number } | { key: ConfigKey; opus: true } | { key: ConfigKey; device: true };

export function faults(typed: readonly Typed[], all: readonly ModuleView[]): Fault[] {
  const found: Fault[] = [];
  const of = (key: ConfigKey): string | undefined => typed.find(t => t.key === key)?.text.trim();
  const whole = (key: ConfigKey, min: number, max: number): void => {
    const text = of(key);
    if (text !== undefined && text !== "" && !(/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max)) found.push({ key, min, max });
  };
  whole("samplerate", 8_000, 192_000);
  whole("channels", 1, 8);
  const device = of("device");
  if (device !== undefined && (device.length > 200 || /^(file|https?|rtsp|rtmp):/i.test(device) || [...device].some(c => c < " "))) found.push({ key: "device", device: true });
  const willBe = (m: ModuleView, key: ConfigKey): string | null => of(key) || textOf(m.config?.[key]);
  if (found.length === 0 && all.some(m => willBe(m, "codec") === "opus" && Number(willBe(m, "channels") ?? 1) > 2)) found.push({ key: "channels", opus: true });
  return found;
}

/** The `config` of a command: numbers as numbers, an emptied device as the default one. */
export function configOf(typed: readonly Typed[]): Record<string, string | number | null> {
  return Object.fromEntries(typed.map(({ key, text }) => {
    const value = text.trim();
    return [key, key === "samplerate" || key === "channels" ? Number(value) : key === "device" && value === "" ? null : value];
  }));
}

/** Settings as they were seen when a form was begun; the hub and the module refuse what rests on others. */
export function seenOf(m: ModuleView): Record<string, unknown> {
  return Object.fromEntries(configKeys.filter(k => m.config?.[k] !== undefined).map(k => [k, m.config![k] ?? null]));
}

export interface Change {
  id: string;
  key: string;
  was: string | null;
  is: string | null;
}

/** What is no longer as it was seen. */
export function changes(seen: ReadonlyMap<string, Record<string, unknown>>, now: readonly { id: string; values: Record<string, unknown> }[]): Change[] {
  return now.flatMap(({ id, values }) => {
    const before = seen.get(id);
    if (!before) return [];
    return Object.keys({ ...before, ...values }).map(key => ({ id, key, was: textOf(before[key]), is: textOf(values[key]) })).filter(c => c.was !== c.is);
  });
}
