import { api } from "../../api/http";
import type { LogEvent } from "../../api/types";

export interface Filter {
  level: "info" | "warn" | "error";
  area: string;
  subject: string;
  q: string;
  /** As a field of date and time has it, local; empty is any. */
  from: string;
  to: string;
}

const rank = { info: 0, warn: 1, error: 2 };

export const isEmpty = (f: Filter): boolean => f.level === "info" && !f.area && !f.subject && !f.q && !f.from && !f.to;

/** Local date and time as the hub takes it; null for none, or for what is half typed. */
export function instant(local: string): string | null {
  const at = local === "" ? NaN : new Date(local).getTime();
  return Number.isFinite(at) ? String(at * 1000) : null;
}

/** What the hub is asked for: names of the network are values, never part of a path. */
export function addressOf(f: Filter, limit: number | null, before: number | null, path = api("log"), format?: string): string {
  const asked = new URLSearchParams();
  if (format) asked.set("format", format);
  if (f.level !== "info") asked.set("level", f.level);
  for (const key of ["area", "subject", "q"] as const) if (f[key]) asked.set(key, f[key]);
  for (const key of ["from", "to"] as const) {
    const at = instant(f[key]);
    if (at !== null) asked.set(key, at);
  }
  if (limit !== null) asked.set("limit", String(limit));
  if (before !== null) asked.set("before", String(before));
  const query = asked.toString();
  return query === "" ? path : `${path}?${query}`;
}

/** Whether an event that comes now belongs among what was asked for. */
export function takes(f: Filter, e: LogEvent): boolean {
  if (rank[e.level] < rank[f.level] || (f.area && e.area !== f.area) || (f.subject && e.subject !== f.subject)) return false;
  const [from, to] = [instant(f.from), instant(f.to)];
  if ((from !== null && e.ts_us < Number(from)) || (to !== null && e.ts_us > Number(to))) return false;
  const q = f.q.toLowerCase();
  return q === "" || [e.text, e.reason, e.subject, e.event, e.by].some(t => t?.toLowerCase().includes(q));
}
