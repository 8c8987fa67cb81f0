import type { ModuleView } from "../../api/types";
import { to } from "../../router";
import { troubleKey, type Need, type NeedKind, type Told } from "./needs";

/** The microphone itself: nothing that is recorded is worth anything. */
export const MICROPHONE = ["dead_microphone", "dead_channel", "digital_silence", "no_frames", "microphone_lost", "microphone_failed"];

/** Alarms at which audio is being lost or is worth nothing; the others can wait for a person. */
const GRAVE = new Set([...MICROPHONE, "storage_failed", "disk_floor", "double_id"]);

const MINUTE_US = 60e6;

/** What waits for longer than this waits for a person. */
const BACKLOG_US = 10 * MINUTE_US;
const BACKLOG_BAD_US = 24 * 60 * MINUTE_US;

/** What kind of need an alarm is, whoever says it. */
export const alarmNeed = (alarm: string): Pick<Need, "kind" | "tone"> => ({ kind: MICROPHONE.includes(alarm) ? "microphone" : "alarm", tone: GRAVE.has(alarm) ? "bad" : "warn" });

/** So much is lost where the power goes now. */
const LAG_MS = 10_000;
const LAG_BAD_MS = 60_000;

/** Files of a session line up to a fifth of a chunk of speech. */
const CLOCK_US = 20_000;

export function ofModule(m: ModuleView, told: Told): Need[] {
  const since = (kind: string, detail: string | null = null): number | null => told.troubles.get(troubleKey(kind, m.id, detail))?.since_us ?? null;
  const base = { who: m.id, href: to("fleet", m.id), act: "module" as const };
  const need = (key: string, kind: NeedKind, tone: Need["tone"], detail: string | null, since_us: number | null, more: Partial<Need> = {}): Need =>
    ({ ...base, key: `${key}:${m.id}`, kind, tone, detail, since_us, ...more });

  const found: Need[] = [...ofCommands(m, told, need)];
  if (m.presence === "lost" || m.presence === "offline") return [...found, need("lost", "module_lost", "bad", m.presence, m.last_seen_us ?? since("module_gone"))];
  if (m.presence === "unknown") return found; // it may live or not: the broker's own card says why
  if (m.presence === "late") found.push(need("late", "module_late", "warn", null, m.last_seen_us));

  for (const alarm of m.alarms) {
    if (alarm === "upload_waiting" || alarm === "quarantine") continue; // said below, with figures
    if (alarm === "dead_channel" && m.alarms.includes("dead_microphone")) continue;
    const { kind, tone } = alarmNeed(alarm);
    found.push(need(`alarm:${alarm}`, kind, tone, alarm, since("alarm_raised", alarm), alarm === "dead_channel" && m.dead_channels?.length ? { channels: m.dead_channels } : {}));
  }
  if (m.error && !m.alarms.some(a => GRAVE.has(a))) found.push(need("error", "module_error", "bad", m.error, since("module_error") ?? m.last_seen_us));

  const oldest = m.queue_oldest_us;
  if ((oldest !== null && told.now_us - oldest > BACKLOG_US) || m.alarms.includes("upload_waiting")) {
    const trend = told.trends.get(m.id);
    const isBad = oldest !== null && told.now_us - oldest > BACKLOG_BAD_US && (trend === undefined || trend >= 0);
    found.push(need("backlog", "backlog", isBad ? "bad" : "warn", null, oldest ?? since("alarm_raised", "upload_waiting"),
      { count: m.queue_chunks ?? 0, bytes: m.queue_bytes ?? 0, ...(trend === undefined ? {} : { trend }) }));
  }
  if ((m.queue_quarantined ?? 0) > 0 || m.alarms.includes("quarantine"))
    found.push(need("quarantine", "quarantine", "warn", null, since("alarm_raised", "quarantine"), { count: m.queue_quarantined ?? 0 }));
  if ((m.durable_lag_ms ?? 0) > LAG_MS)
    found.push(need("lag", "lag", m.durable_lag_ms! > LAG_BAD_MS ? "bad" : "warn", null, since("alarm_raised", "durable_lag"), { count: Math.round(m.durable_lag_ms! / 1000) }));
  if (m.clock_source === "none" && (m.clock_uncertainty_us ?? 0) > CLOCK_US)
    found.push(need("clock", "clock", "warn", null, since("alarm_raised", "clock_free"), { count: Math.round(m.clock_uncertainty_us! / 1000) }));
  return found;
}

/** The last command failed, and none was confirmed since. */
function ofCommands(m: ModuleView, told: Told, need: (key: string, kind: NeedKind, tone: Need["tone"], detail: string | null, since_us: number | null, more: Partial<Need>) => Need): Need[] {
  const failed = told.troubles.get(troubleKey("command_failed", m.id));
  return failed?.area === "fleet" ? [need("command", "command", "warn", failed.reason, failed.since_us, { count: failed.count })] : [];
}
