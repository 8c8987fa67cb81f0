import type { ModuleView } from "../../api/types";

export const sorts = ["name", "state", "age", "queue"] as const;
export type Sort = (typeof sorts)[number];

const presenceRank: Record<string, number> = { lost: 0, offline: 1, late: 2, unknown: 3, online: 5 };

/** Lower is worse: who needs a person comes first. */
export function rank(m: ModuleView): number {
  if (m.presence !== "online") return presenceRank[m.presence] ?? 3;
  return m.error ? 0 : m.alarms.length > 0 ? 2 : m.state === "recording" ? 4 : 5;
}

const by: Record<Sort, (a: ModuleView, b: ModuleView) => number> = {
  name: () => 0,
  state: (a, b) => rank(a) - rank(b),
  age: (a, b) => (a.last_seen_us ?? 0) - (b.last_seen_us ?? 0),
  queue: (a, b) => (b.queue_chunks ?? 0) - (a.queue_chunks ?? 0),
};

const name = new Intl.Collator(undefined, { numeric: true });

/** What matches every word of the filter (name, state, alarm), in the chosen order, then by name as a person counts. */
export function arrange(all: readonly ModuleView[], filter: string, sort: Sort): ModuleView[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(word => word !== "");
  const text = (m: ModuleView): string => [m.id, m.presence, m.state, m.recording_id, m.version, ...m.alarms].join(" ").toLowerCase();
  return all.filter(m => wanted.every(word => text(m).includes(word))).sort((a, b) => by[sort](a, b) || name.compare(a.id, b.id));
}
