// Recordings that were commanded, as far as they lie in what is shown: who took part is in their manifest, which is asked for once.
import { computed, signal } from "@preact/signals";
import { api, getJson } from "../../api/http";
import type { SessionManifest, SessionView } from "../../api/types";
import { sessions } from "../../live/store";
import { nowUs } from "../../time";
import { recorders, view } from "./state";

export interface Recorded {
  session: string;
  name: string;
  from: number;
  to: number;
  runs: boolean;
}

const ASKED_MAX = 50;
const listed = signal<readonly SessionView[]>([]);
const members = signal<ReadonlyMap<string, readonly string[]>>(new Map());
const asked = new Set<string>();

/** Older recordings are not in the snapshot. */
export async function listRecordings(): Promise<void> {
  try {
    listed.value = (await getJson<{ sessions: SessionView[] }>(`${api("sessions")}?limit=500`)).sessions;
  } catch {
    // a hub without a fleet
  }
}

const all = computed(() => {
  const found = new Map(listed.value.map(s => [s.session_id, s]));
  for (const [id, s] of sessions.all) found.set(id, s.value);
  return [...found.values()];
});

const endOf = (s: SessionView): number => {
  const begin = s.start_at_us ?? s.created_us;
  return s.duration_s !== null ? begin + s.duration_s * 1e6 : s.state === "recording" || s.state === "armed" ? nowUs() : begin + 1e6;
};

/** By recorder id: a module records under its own name. */
export const recorded = computed<ReadonlyMap<string, Recorded[]>>(() => {
  const { from, to } = view.value;
  const byName = new Map((recorders.value ?? []).flatMap(r => [[r.id, r.id], [r.name ?? r.id, r.id]] as [string, string][]));
  const found = new Map<string, Recorded[]>();
  const seen = all.value.filter(s => endOf(s) > from && (s.start_at_us ?? s.created_us) < to).slice(-ASKED_MAX);
  for (const s of seen) {
    ask(s);
    for (const module of members.value.get(s.session_id) ?? []) {
      const id = byName.get(module);
      if (id === undefined) continue;
      const of = { session: s.session_id, name: s.recording_id, from: s.start_at_us ?? s.created_us, to: endOf(s), runs: s.state === "recording" };
      found.set(id, [...(found.get(id) ?? []), of]);
    }
  }
  return found;
});

function ask(s: SessionView): void {
  const key = `${s.session_id}/${s.state}`;
  if (asked.has(key)) return;
  asked.add(key);
  queueMicrotask(() => void getJson<SessionManifest>(api("sessions", s.session_id, "manifest")).then(
    m => { members.value = new Map(members.peek()).set(s.session_id, m.modules.filter(one => one.verdict === "confirmed" || one.files.length > 0).map(one => one.module)); },
    () => asked.delete(key)));
}
