// What needs a person, out of what the hub has told. Pure but for `needs` itself, so that every rule can be tested.
import { computed } from "@preact/signals";
import type { BrokerView, HealthView, ModuleView, RoomView, Trouble } from "../../api/types";
import { broker, modules, rooms, troubles } from "../../live/store";
import { to } from "../../router";
import { nowUs, second } from "../../time";
import { health, recorderNames, trends } from "./hub";
import { ofHub } from "./hub-needs";
import { alarmNeed, ofModule } from "./module-needs";
import { ofRoom } from "./room-needs";

export type NeedKind =
  | "module_lost" | "module_late" | "module_error" | "microphone" | "alarm" | "backlog" | "quarantine" | "lag" | "clock"
  | "broker" | "room_simulated" | "room_link" | "command" | "node" | "stop" | "player" | "scene" | "run_failed" | "run_cut" | "output_differs" | "room_files"
  | "disk" | "disk_unknown" | "database" | "hub_disk" | "hub_book" | "hub_error" | "certificate" | "refused" | "uploads_stopped";

/** Where a need's link leads: it says so on the link. */
export type Act = "module" | "recorder" | "modules" | "room" | "runs" | "sceneFile" | "log" | "health" | "settings" | "listen";

export interface Need {
  key: string;
  kind: NeedKind;
  tone: "bad" | "warn";
  /** Of whom: a module, a room, a node. */
  who: string;
  /** In the words of whoever said it: an alarm's id, a reason. */
  detail: string | null;
  since_us: number | null;
  /** Where one does something about it. */
  href: string | null;
  act: Act | null;
  /** Chunks, times, days: whatever this kind counts. */
  count?: number;
  bytes?: number;
  /** Bytes a second; absent while it is not known. */
  trend?: number;
  /** Of a microphone, from 1; absent: all of them. */
  channels?: readonly number[];
  /** Several of the same kind in one: their names. */
  all?: readonly string[];
}

export interface Told {
  now_us: number;
  broker: BrokerView | null;
  modules: readonly ModuleView[];
  rooms: readonly RoomView[];
  troubles: ReadonlyMap<string, Trouble>;
  health: HealthView | null;
  trends: ReadonlyMap<string, number>;
  /** By id, of recorders that only upload: their ids are made by machines. */
  names: ReadonlyMap<string, string>;
}

/** As the hub keys them. */
export const troubleKey = (kind: string, subject: string | null, detail: string | null = null): string => `${kind}/${subject ?? ""}/${detail ?? ""}`;

/** Of recorders that only upload; the hub leaves out those that are modules. */
const RECORDER_ALARM = "recorder_alarm";

/** More of one kind than this are told as one: a switch that failed is one thing to do, not five hundred. */
const EACH_MAX = 5;

const rank = (n: Need): number => (n.tone === "bad" ? 0 : 1);

/** The worst first, of these the longest standing; what nobody knows the age of stands last. */
const order = (a: Need, b: Need): number => rank(a) - rank(b) || (a.since_us ?? Infinity) - (b.since_us ?? Infinity) || a.key.localeCompare(b.key);

export function judge(told: Told): Need[] {
  const found = [...ofBroker(told), ...ofHub(told), ...told.modules.flatMap(m => ofModule(m, told)), ...told.rooms.flatMap(r => ofRoom(r, told)), ...ofArchive(told)];
  return gather(found).sort(order);
}

function ofBroker({ broker, troubles: known }: Told): Need[] {
  if (!broker?.address || broker.connected) return [];
  const since = known.get(troubleKey("broker_lost", null))?.since_us ?? null;
  return [{ key: "broker", kind: "broker", tone: "bad", who: broker.address, detail: broker.problem, since_us: since, href: to("log", "health"), act: "health" }];
}

/** What recorders sent, or ceased to send. */
function ofArchive({ troubles: known, names }: Told): Need[] {
  const found: Need[] = [];
  for (const t of known.values()) {
    const id = t.subject ?? "?";
    const who = names.get(id) ?? id;
    const both = { who, since_us: t.since_us, href: to("log"), act: "log" as const, key: t.key };
    const stands = (kind: string, detail: string | null = null): boolean => known.has(troubleKey(kind, id, detail));
    // What it said last is of no interest while it says nothing.
    if (t.kind === RECORDER_ALARM && t.detail !== null && !stands("uploads_stopped") && !(t.detail === "dead_channel" && stands(RECORDER_ALARM, "dead_microphone")))
      found.push({ ...both, ...alarmNeed(t.detail), detail: t.detail, href: to("fleet", id), act: "recorder" });
    if (t.kind === "chunk_refused") found.push({ ...both, kind: "refused", tone: "warn", detail: t.reason, count: t.count });
    if (t.kind === "uploads_stopped") found.push({ ...both, kind: "uploads_stopped", tone: "warn", detail: null, href: to("listen"), act: "listen" });
  }
  return found;
}

function gather(found: readonly Need[]): Need[] {
  const kinds = new Map<string, Need[]>();
  for (const need of found) {
    const same = `${need.kind} ${need.tone} ${need.kind === "alarm" || need.kind === "microphone" ? need.detail : ""}`;
    kinds.set(same, [...(kinds.get(same) ?? []), need]);
  }
  return [...kinds.entries()].flatMap(([same, all]) => (all.length <= EACH_MAX ? all : [together(same, all)]));
}

const isOne = (n: Need): boolean => n.act === "module" || n.act === "recorder";

function together(same: string, all: readonly Need[]): Need {
  const first = [...all].sort(order)[0]!;
  const summed = all.reduce((sum, n) => sum + (n.bytes ?? 0), 0);
  const href = isOne(first) ? to("fleet") : first.href;
  const { kind, tone, who, detail, since_us } = first;
  const worst = Math.max(...all.map(n => n.count ?? 0));
  return {
    kind, tone, who, detail, since_us, href, key: `all:${same.trim()}`, all: all.map(n => n.who), act: isOne(first) ? "modules" : first.act,
    ...(summed > 0 ? { bytes: summed } : {}), ...(worst > 0 ? { count: worst } : {}),
  };
}

let last: readonly Need[] = [];

/** The same list while nothing in it has changed: two thousand messages a second draw nothing anew that is as it was. */
function settle(now: readonly Need[]): readonly Need[] {
  if (now.length === last.length && JSON.stringify(now) === JSON.stringify(last)) return last;
  last = now;
  return now;
}

export const needs = computed(() => {
  second.value; // what waits grows older without being told of
  return settle(judge({
    now_us: nowUs(),
    broker: broker.value,
    modules: [...modules.all.values()].map(m => m.value),
    rooms: [...rooms.all.values()].map(r => r.value),
    troubles: new Map([...troubles.all].map(([key, t]) => [key, t.value])),
    health: health.value,
    trends: trends.value,
    names: recorderNames.value,
  }));
});
