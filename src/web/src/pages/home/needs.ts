// What needs a person, out of what the hub has told. Pure but for `needs` itself, so that every rule can be tested.
import { computed } from "@preact/signals";
import type { BrokerView, ModuleView, RoomView, StatsView } from "../../api/types";
import { broker, failures, modules, rooms } from "../../live/store";
import { stats } from "./stats";

export type NeedKind =
  | "module_lost" | "module_late" | "module_error" | "alarm" | "broker" | "room_simulated" | "room_link" | "command" | "node" | "stop" | "player" | "scene" | "disk" | "refused"
  | "output_differs" | "room_files";

export interface Need {
  key: string;
  kind: NeedKind;
  tone: "bad" | "warn";
  /** Of whom: a module, a room, a node. */
  who: string;
  /** A detail in the words of whoever said it: an alarm's id, a reason. */
  detail: string | null;
  since_us: number | null;
  /** Where one does something about it. */
  href: string | null;
}

interface Told {
  broker: BrokerView | null;
  modules: readonly ModuleView[];
  rooms: readonly RoomView[];
  failures: readonly { room: string; topic: string | null; verdict: string; reason: string | null; at_us: number }[];
  stats: StatsView | null;
}

/** Alarms at which audio is being lost or is worth nothing; the others can wait for a person. */
const GRAVE = new Set(["microphone_lost", "microphone_failed", "no_frames", "digital_silence", "dead_microphone", "storage_failed", "disk_floor", "double_id"]);

const FREE_LOW = 2e9;
const FAILURES_SHOWN = 5;

export function judge(told: Told): Need[] {
  const found = [...ofBroker(told), ...told.modules.flatMap(ofModule), ...told.rooms.flatMap(ofRoom), ...ofFailures(told), ...ofArchive(told.stats)];
  const rank = (n: Need): number => (n.tone === "bad" ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (b.since_us ?? 0) - (a.since_us ?? 0));
}

function ofBroker({ broker }: Told): Need[] {
  if (!broker?.address || broker.connected) return [];
  return [{ key: "broker", kind: "broker", tone: "bad", who: broker.address, detail: broker.problem, since_us: null, href: null }];
}

function ofModule(m: ModuleView): Need[] {
  const href = "#/fleet";
  const found: Need[] = [];
  if (m.presence === "lost" || m.presence === "offline")
    found.push({ key: `lost:${m.id}`, kind: "module_lost", tone: "bad", who: m.id, detail: m.presence, since_us: m.last_seen_us, href });
  if (m.presence === "late") found.push({ key: `late:${m.id}`, kind: "module_late", tone: "warn", who: m.id, detail: null, since_us: m.last_seen_us, href });
  if (m.error && m.presence === "online") found.push({ key: `error:${m.id}`, kind: "module_error", tone: "bad", who: m.id, detail: m.error, since_us: m.last_seen_us, href });
  for (const alarm of m.alarms)
    found.push({ key: `alarm:${m.id}:${alarm}`, kind: "alarm", tone: GRAVE.has(alarm) ? "bad" : "warn", who: m.id, detail: alarm, since_us: m.last_seen_us, href });
  return found;
}

function ofRoom(r: RoomView): Need[] {
  const href = "#/rooms/" + encodeURIComponent(r.room);
  const found: Need[] = [];
  const who = r.title || r.room;
  if (r.stop && r.stop.expected > 0 && r.stop.confirmed < r.stop.expected && r.stop.verdict !== "confirmed" && r.stop.verdict !== "simulated" && r.stop.verdict !== null)
    found.push({ key: `stop:${r.room}`, kind: "stop", tone: "bad", who, detail: `${r.stop.confirmed}/${r.stop.expected}`, since_us: r.stop.at_us, href });
  if (r.problems.length > 0) found.push({ key: `files:${r.room}`, kind: "room_files", tone: "warn", who, detail: r.problems[0] ?? null, since_us: null, href });
  if (r.simulated) found.push({ key: `simulated:${r.room}`, kind: "room_simulated", tone: "bad", who, detail: r.link_problem, since_us: null, href });
  else if (!r.connected) found.push({ key: `link:${r.room}`, kind: "room_link", tone: "warn", who, detail: r.link_problem, since_us: null, href });
  for (const n of r.nodes) {
    if (n.presence === "offline" || n.presence === "lost")
      found.push({ key: `node:${n.id}`, kind: "node", tone: "bad", who: n.id, detail: who, since_us: n.last_seen_us, href });
  }
  for (const o of r.outputs)
    if (o.differs) found.push({ key: `differs:${o.topic}`, kind: "output_differs", tone: "warn", who: o.title || o.topic, detail: who, since_us: o.since_us, href });
  if (r.player?.problem) found.push({ key: `player:${r.room}`, kind: "player", tone: "warn", who, detail: r.player.problem, since_us: null, href });
  for (const s of r.scenes)
    if (s.errors > 0) found.push({ key: `scene:${r.room}:${s.name}`, kind: "scene", tone: "warn", who: s.name, detail: who, since_us: s.modified_us, href: `${href}/scenes/${encodeURIComponent(s.name)}` });
  return found;
}

function ofFailures({ failures: all }: Told): Need[] {
  const seen = new Map<string, Need>();
  for (const f of all.slice(0, 50)) {
    const key = `command:${f.room}:${f.topic ?? ""}`;
    if (!seen.has(key))
      seen.set(key, { key, kind: "command", tone: "warn", who: f.topic ?? f.room, detail: f.reason ? `${f.verdict}: ${f.reason}` : f.verdict, since_us: f.at_us, href: "#/rooms/" + encodeURIComponent(f.room) });
  }
  return [...seen.values()].slice(0, FAILURES_SHOWN);
}

function ofArchive(s: StatsView | null): Need[] {
  if (s?.free_bytes === null || s?.free_bytes === undefined || s.free_bytes >= FREE_LOW) return [];
  return [{ key: "disk", kind: "disk", tone: "bad", who: "", detail: String(s.free_bytes), since_us: null, href: null }];
}

export const needs = computed(() => judge({
  broker: broker.value,
  modules: [...modules.all.values()].map(m => m.value),
  rooms: [...rooms.all.values()].map(r => r.value),
  failures: failures.value,
  stats: stats.value,
}));
