import type { RoomView } from "../../api/types";
import { to } from "../../router";
import { troubleKey, type Need, type NeedKind, type Told } from "./needs";

const STOP_FINE = new Set(["confirmed", "simulated"]);

export function ofRoom(r: RoomView, told: Told): Need[] {
  const room = r.title || r.room;
  const trouble = (kind: string, detail: string | null = null) => told.troubles.get(troubleKey(kind, r.room, detail));
  const base = { who: room, href: to("rooms", r.room), act: "room" as const, detail: null, since_us: null };
  const need = (key: string, kind: NeedKind, tone: Need["tone"], more: Partial<Need>): Need => ({ ...base, key, kind, tone, ...more });

  const found: Need[] = [];
  const stop = r.stop;
  if (stop && stop.expected > 0 && stop.confirmed < stop.expected && stop.verdict !== null && !STOP_FINE.has(stop.verdict))
    found.push(need(`stop:${r.room}`, "stop", "bad", { detail: `${stop.confirmed}/${stop.expected}`, since_us: stop.at_us }));
  const failed = trouble("run_failed");
  if (failed && !r.run)
    found.push(need(`run:${r.room}`, "run_failed", "bad", { detail: failed.reason, since_us: failed.last_us, href: to("rooms", r.room, "runs"), act: "runs" }));
  for (const t of told.troubles.values()) {
    if (t.kind === "run_cut" && t.subject === r.room && r.run?.scene !== t.detail)
      found.push(need(`cut:${r.room}:${t.detail ?? ""}`, "run_cut", "bad", { detail: t.detail, since_us: t.since_us, href: to("rooms", r.room, "runs"), act: "runs" }));
  }
  if (r.simulated) found.push(need(`simulated:${r.room}`, "room_simulated", "bad", { detail: r.link_problem, since_us: trouble("room_link")?.since_us ?? null }));
  else if (!r.connected) found.push(need(`link:${r.room}`, "room_link", "warn", { detail: r.link_problem, since_us: trouble("room_link")?.since_us ?? null }));
  if (r.problems.length > 0) found.push(need(`files:${r.room}`, "room_files", "warn", { detail: r.problems[0] ?? null, since_us: told.health?.process.started_us ?? null }));
  for (const n of r.nodes) {
    if (n.presence === "offline" || n.presence === "lost") found.push(need(`node:${n.id}`, "node", "bad", { who: n.id, detail: room, since_us: n.last_seen_us }));
  }
  for (const o of r.outputs) {
    if (o.differs) found.push(need(`differs:${o.topic}`, "output_differs", "warn", { who: o.title || o.topic, detail: room, since_us: o.since_us }));
  }
  if (r.player?.problem) found.push(need(`player:${r.room}`, "player", "warn", { detail: r.player.problem, since_us: trouble("player_problem")?.since_us ?? null }));
  for (const s of r.scenes) {
    if (s.errors > 0) found.push(need(`scene:${r.room}:${s.name}`, "scene", "warn", { who: s.name, detail: room, count: s.errors, since_us: s.modified_us, href: to("rooms", r.room, "scenes", s.name), act: "sceneFile" }));
  }
  return [...found, ...ofCommands(r, told, need)];
}

/** Commands of the last day that failed, one card an output, until that output is confirmed again. */
function ofCommands(r: RoomView, told: Told, need: (key: string, kind: NeedKind, tone: Need["tone"], more: Partial<Need>) => Need): Need[] {
  const found: Need[] = [];
  for (const t of told.troubles.values()) {
    if (t.kind !== "command_failed" || t.area !== "rooms" || t.subject !== r.room) continue;
    const output = r.outputs.find(o => o.topic === t.detail);
    if (output?.state === "confirmed" && (output.since_us ?? 0) > t.last_us) continue;
    found.push(need(`command:${r.room}:${t.detail ?? ""}`, "command", "warn", { who: output?.title || t.detail || r.room, detail: t.reason, count: t.count, since_us: t.since_us }));
  }
  return found;
}
