import type { Recorder } from "../../api/fleet";
import { byName } from "../../formats";

export const sorts = ["name", "state", "age", "queue"] as const;
export type Sort = (typeof sorts)[number];

const presenceRank: Record<string, number> = { lost: 0, offline: 1, late: 2, unknown: 3, online: 5 };

/** Lower is worse: who needs a person comes first. */
export function rank({ module: m, archive }: Recorder): number {
  if (!m) return archive?.state && archive.state !== "ok" ? 2 : 5;
  if (m.presence !== "online") return presenceRank[m.presence] ?? 3;
  return m.error ? 0 : m.alarms.length > 0 ? 2 : m.state === "recording" ? 4 : 5;
}

/** When it was last heard, by whichever way. */
export const heardUs = ({ module, archive }: Recorder): number => Math.max(module?.last_seen_us ?? 0, archive?.last_seen_us ?? 0);

const by: Record<Sort, (a: Recorder, b: Recorder) => number> = {
  name: () => 0,
  state: (a, b) => rank(a) - rank(b),
  age: (a, b) => heardUs(a) - heardUs(b),
  queue: (a, b) => (b.module?.queue_chunks ?? 0) - (a.module?.queue_chunks ?? 0),
};

let named: { ids: readonly string[]; place: ReadonlyMap<string, number> } = { ids: [], place: new Map() };

const nameOf = (r: Recorder): string => (r.module ? r.id : r.archive?.name ?? r.id);

/** Places of names as a person counts; kept as long as the names are the same, for comparing words is what takes time. */
function places(all: readonly Recorder[]): ReadonlyMap<string, number> {
  const ids = all.map(nameOf);
  if (ids.length !== named.ids.length || ids.some((id, i) => id !== named.ids[i]))
    named = { ids, place: new Map([...ids].sort(byName).map((id, i) => [id, i])) };
  return named.place;
}

/** What matches every word of the filter (name, state, alarm), in the chosen order, then by name. */
export function arrange(all: readonly Recorder[], filter: string, sort: Sort): Recorder[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(word => word !== "");
  const text = ({ id, module: m, archive }: Recorder): string =>
    [id, archive?.name, m?.presence, m?.state, m?.recording_id, m?.version, m?.config?.["device"], ...(m?.alarms ?? []), m ? "" : "upload"].join(" ").toLowerCase();
  const place = places(all);
  return all.filter(r => wanted.length === 0 || (found => wanted.every(word => found.includes(word)))(text(r)))
    .sort((a, b) => by[sort](a, b) || place.get(nameOf(a))! - place.get(nameOf(b))! || (a.id < b.id ? -1 : 1));
}

/** A recorder that uploads and can be commanded is one: its id is the same in both, or its name in the archive is the module's id. */
export function merge(modules: readonly Recorder["module"][], archive: readonly Recorder["archive"][]): Recorder[] {
  const all = new Map<string, Recorder>();
  for (const m of modules) if (m) all.set(m.id, { id: m.id, module: m, archive: null });
  for (const a of archive) {
    if (!a) continue;
    const id = all.has(a.id) ? a.id : a.name !== null && all.has(a.name) ? a.name : a.id;
    const known = all.get(id);
    all.set(id, known && known.archive === null ? { ...known, archive: a } : known ?? { id, module: null, archive: a });
  }
  return [...all.values()];
}
