import { describe, expect, it } from "vitest";
import type { ModuleView, RoomView } from "../../api/types";
import { en } from "../../i18n/en";
import { ru } from "../../i18n/ru";
import { judge } from "./needs";

const well = { broker: { address: "b:1883", connected: true, problem: null }, modules: [], rooms: [], failures: [], stats: null };
const module = (change: Partial<ModuleView>): ModuleView => ({ id: "mic", presence: "online", state: "idle", error: null, alarms: [], last_seen_us: 5, ...change }) as ModuleView;
const room = (change: Partial<RoomView>): RoomView => ({
  room: "foyer", title: "Foyer", state: "idle", connected: true, simulated: false, link_problem: null, problems: [], run: null, queue: [], scenes: [], nodes: [], outputs: [],
  pending: [], stop: null, player: { kind: "none", state: "idle", problem: null, playing: [] }, buttons: [], policies: { on_trigger: "", on_broker_loss: "", on_feedback_failure: "", on_return: "" }, counters: {}, ...change,
});
const kinds = (told: Partial<typeof well>): string[] => judge({ ...well, ...told } as never).map(n => n.kind);

describe("what needs a person", () => {
  it("is nothing while all is well, nor with a hub that has no broker", () => {
    expect(kinds({ modules: [module({})] as never, rooms: [room({})] as never })).toEqual([]);
    expect(kinds({ broker: { address: null as never, connected: false, problem: null } })).toEqual([]);
  });

  it("is whoever is lost or dead, before whoever is late", () => {
    const told = [module({ id: "a", presence: "late" }), module({ id: "b", presence: "lost" }), module({ id: "c", alarms: ["dead_microphone"] }), module({ id: "d", alarms: ["upload_waiting"] })];
    expect(judge({ ...well, modules: told }).map(n => [n.who, n.tone])).toEqual([["b", "bad"], ["c", "bad"], ["a", "warn"], ["d", "warn"]]);
  });

  it("is not a module of which nothing was heard yet: that is unknown, not lost", () => {
    expect(kinds({ modules: [module({ presence: "unknown" })] as never })).toEqual([]);
  });

  it("is a STOP that not everybody confirmed, once its time is over", () => {
    const stop = { at_us: 1, by: "x", reason: null, confirmed: 1, expected: 2, tries: 3, owed: false };
    expect(kinds({ rooms: [room({ stop: { ...stop, verdict: "timed_out" } })] as never })).toEqual(["stop"]);
    expect(kinds({ rooms: [room({ stop: { ...stop, verdict: null } })] as never })).toEqual([]);
    expect(kinds({ rooms: [room({ stop: { ...stop, confirmed: 2, verdict: "confirmed" } })] as never })).toEqual([]);
  });

  it("is a simulated room, a node that is gone, a scene with errors, a player that is down, files that cannot be read", () => {
    const told = room({
      simulated: true, connected: false, problems: ["room.yaml, line 3: x"],
      nodes: [{ id: "n", class: "relay", presence: "offline", last_seen_us: 1, outages: 0, outage_seconds: 0, word: null, retained: false, reason: null, alarms: [] }],
      scenes: [{ name: "s", description: null, is_default: false, is_ambient: false, errors: 1, warnings: 0, modified_us: 1 }],
      player: { kind: "mpv", state: "down", problem: "mpv is missing", playing: [] },
    });
    expect(kinds({ rooms: [told] as never }).sort()).toEqual(["node", "player", "room_files", "room_simulated", "scene"]);
  });

  it("names a command that failed once, however often it failed", () => {
    const failure = { room: "foyer", topic: "foyer/light/1", verdict: "timed_out", reason: null, at_us: 3 };
    expect(kinds({ failures: [failure, failure, failure] as never })).toEqual(["command"]);
  });

  it("is a disk that has little left, and not one of which nothing is known", () => {
    expect(kinds({ stats: { free_bytes: 1e9 } as never })).toEqual(["disk"]);
    expect(kinds({ stats: { free_bytes: null } as never })).toEqual([]);
  });

  it("says in both languages what it is, what it means and what to do", () => {
    const all = ["module_lost", "module_late", "module_error", "alarm", "broker", "room_simulated", "room_link", "command", "node", "stop", "player", "scene", "disk", "refused", "output_differs", "room_files"] as const;
    for (const language of [en, ru])
      for (const kind of all) {
        const said = language.home.need(kind, "who", kind === "disk" ? "1000" : "detail");
        expect(said.title.length * said.means.length * said.todo.length, kind).toBeGreaterThan(0);
      }
  });
});
