// How a rule of keeping, and what becomes of the disk under it, is said.
import type { StorageView } from "../../api/types";
import { words } from "../../i18n";
import { State } from "../../parts/state";
import { bytes, duration, nowUs } from "../../time";

const DAY_US = 86_400e6;

export const forDays = (days: number | null): string => (days === null ? words.value.access.settings.forEver : words.value.access.settings.keepDays(days));
export const upTo = (size: number | null): string => (size === null ? words.value.access.settings.noBound : bytes(size));

export const reachOf = (v: StorageView): string => (v.reach_us === null || v.reach_us <= v.now_us ? words.value.log.health.reachNow : words.value.log.health.fullIn(duration(v.reach_us - v.now_us)));

export function Full({ v }: { v: StorageView }) {
  const s = words.value.access.settings;
  if (v.bytes_per_day === null || v.free_bytes === null) return <State tone="unknown">{s.notKnown}</State>;
  if (v.full_at_us === null) return <State tone="ok">{s.notFull}</State>;
  const left = v.full_at_us - nowUs();
  return <State tone={left < 7 * DAY_US ? "bad" : left < 30 * DAY_US ? "warn" : "ok"}>{duration(Math.max(0, left))}</State>;
}
