import { describe, expect, it } from "vitest";
import type { ModuleView } from "../../api/types";
import { arrange } from "./arrange";

const module = (id: string, change: Partial<ModuleView> = {}): ModuleView =>
  ({ id, presence: "online", state: "idle", error: null, alarms: [], recording_id: null, version: null, last_seen_us: 0, queue_chunks: 0, ...change }) as ModuleView;
const names = (all: ModuleView[]): string[] => all.map(m => m.id);

describe("the order of the fleet", () => {
  it("is by name as a person counts", () => {
    expect(names(arrange([module("mic-10"), module("mic-9"), module("Mic-1")], "", "name"))).toEqual(["Mic-1", "mic-9", "mic-10"]);
  });

  it("has trouble first: lost, then alarms, then what records, then what waits", () => {
    const all = [module("idle"), module("rec", { state: "recording" }), module("dead", { alarms: ["dead_microphone"] }), module("lost", { presence: "lost" })];
    expect(names(arrange(all, "", "state"))).toEqual(["lost", "dead", "rec", "idle"]);
  });

  it("has the longest queue or the longest silence first", () => {
    const all = [module("a", { queue_chunks: 1, last_seen_us: 9 }), module("b", { queue_chunks: 7, last_seen_us: 3 })];
    expect(names(arrange(all, "", "queue"))).toEqual(["b", "a"]);
    expect(names(arrange(all, "", "age"))).toEqual(["b", "a"]);
  });

  it("keeps what matches every word, in name, state or alarm", () => {
    const all = [module("hall-1", { state: "recording" }), module("hall-2", { alarms: ["dead_microphone"] }), module("attic", { state: "recording" })];
    expect(names(arrange(all, "hall REC", "name"))).toEqual(["hall-1"]);
    expect(names(arrange(all, "dead", "name"))).toEqual(["hall-2"]);
    expect(names(arrange(all, "  ", "name"))).toHaveLength(3);
    expect(names(arrange(all, "(", "name"))).toEqual([]);
  });
});
