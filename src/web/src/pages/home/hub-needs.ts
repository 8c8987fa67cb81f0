import { to } from "../../router";
import { troubleKey, type Need, type NeedKind, type Told } from "./needs";

const DAY_US = 86_400e6;
const FULL_WARN_DAYS = 14;
const FULL_BAD_DAYS = 3;

/** The hub itself: its disk, its files, its certificate. */
export function ofHub({ health: h, now_us, troubles }: Told): Need[] {
  const need = (key: string, kind: NeedKind, tone: Need["tone"], more: Partial<Need> = {}): Need =>
    ({ key, kind, tone, who: "", detail: null, since_us: null, href: to("log", "health"), act: "health", ...more });
  const since = (kind: string, detail: string | null = null): { since_us: number | null } => ({ since_us: troubles.get(troubleKey(kind, null, detail))?.since_us ?? null });
  const found: Need[] = [];
  for (const t of troubles.values()) {
    if (t.kind === "hub_error") found.push(need(t.key, "hub_error", "bad", { detail: t.reason, since_us: t.since_us, count: t.count, href: to("log"), act: "log" }));
    if (t.kind === "book_failed") found.push(need(t.key, "hub_book", "bad", { detail: t.reason, since_us: t.since_us }));
  }
  if (!h) return found;
  if (!h.storage_writable) found.push(need("hub-disk", "hub_disk", "bad", since("hub_disk")));
  for (const d of h.database) {
    const wrong = d.problem ?? (d.integrity !== null && d.integrity !== "ok" ? d.integrity : null);
    if (wrong !== null) found.push(need(`database:${d.name}`, "database", "bad", { who: d.name, detail: wrong, ...since("database", d.name) }));
  }
  if (h.certificate_ends_us !== null) {
    const days = (h.certificate_ends_us - now_us) / DAY_US;
    if (days < FULL_WARN_DAYS) found.push(need("certificate", "certificate", days < FULL_BAD_DAYS ? "bad" : "warn", { count: Math.floor(days), ...since("certificate") }));
  }
  const disk = h.disk;
  if (!disk) return found;
  if (disk.free_bytes === null) found.push(need("disk-unknown", "disk_unknown", "warn", since("disk_unknown")));
  else if (disk.free_bytes < disk.floor_bytes) found.push(need("disk", "disk", "bad", { bytes: disk.free_bytes, count: 0, ...since("disk_space") }));
  else if (disk.full_at_us !== null) {
    const days = (disk.full_at_us - now_us) / DAY_US;
    if (days < FULL_WARN_DAYS) found.push(need("disk", "disk", days < FULL_BAD_DAYS ? "bad" : "warn", { bytes: disk.free_bytes, count: Math.floor(days), ...since("disk_space") }));
  }
  return found;
}
