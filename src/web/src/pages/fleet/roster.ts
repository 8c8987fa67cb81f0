// Who is there: modules as the hub tells them, and the recorders of the archive, asked for while somebody looks.
import { mayLook } from "../../live/me";
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Recorder } from "../../api/fleet";
import { api, getJson } from "../../api/http";
import type { RecordersView } from "../../api/types";
import { link } from "../../live/connection";
import { modules, Shelf } from "../../live/store";
import type { RecorderView } from "../../api/types";
import { arrange, merge, type Sort } from "./arrange";

/** A chunk is at least seconds long: what comes in is seen soon enough. */
const ASK_MS = 5_000;

export const archive = new Shelf<RecorderView>();
export const filter = signal("");
export const sort = signal<Sort>("name");

export const recorders = computed<Recorder[]>(() => merge([...modules.all.values()].map(m => m.value), [...archive.all.values()].map(a => a.value)));

/** The same list as before where nothing changed places: five hundred tiles are not looked through for each heartbeat. */
function steady<T>(make: () => readonly T[]): () => readonly T[] {
  let last: readonly T[] = [];
  return () => {
    const next = make();
    if (next.length === last.length && next.every((one, i) => one === last[i])) return last;
    return (last = next);
  };
}

/** Ids in the order in which they are shown. */
export const shown = computed(steady(() => arrange(recorders.value, filter.value, sort.value).map(r => r.id)));

const byId = computed(() => new Map([...archive.all.values()].map(a => [a.value.id, a.value])));
const byName = computed(() => new Map([...archive.all.values()].flatMap(a => (a.value.name === null ? [] : [[a.value.name, a.value] as const]))));

export function recorderOf(id: string): Recorder | null {
  const module = modules.find(id) ?? null;
  const stored = byId.value.get(id) ?? (module ? byName.value.get(id) : undefined) ?? null;
  return module || stored ? { id, module, archive: stored } : null;
}

/** A module is called by its id; a recorder that only uploads by the name it gave, its id being made by a machine. */
export const nameOf = (id: string): string => (modules.all.has(id) ? id : archive.find(id)?.name ?? id);

export function useArchive(): void {
  const live = link.value === "live";
  useEffect(() => {
    if (!live) return;
    let gone = false;
    const look = (): void => {
      if (document.hidden || !mayLook.peek()) return;
      getJson<RecordersView>(api("recorders")).then(view => { if (!gone) archive.replace(view.recorders.map(r => [r.id, r])); }, () => {}); // its age goes on and says so
    };
    look();
    const timer = setInterval(look, ASK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [live]);
}
