import { describe, expect, it } from "vitest";
import type { Recorder } from "../../api/fleet";
import type { ModuleView, RecorderView } from "../../api/types";
import { arrange, merge } from "./arrange";

const view = (id: string, change: Partial<ModuleView> = {}): ModuleView =>
  ({ id, presence: "online", state: "idle", error: null, alarms: [], recording_id: null, version: null, last_seen_us: 0, queue_chunks: 0, config: null, ...change }) as ModuleView;
const module = (id: string, change: Partial<ModuleView> = {}): Recorder => ({ id, module: view(id, change), archive: null });
const stored = (id: string, name: string | null = null, state = "ok"): RecorderView => ({ id, name, state, last_seen_us: 5 }) as RecorderView;
const names = (all: readonly Recorder[]): string[] => all.map(m => m.id);

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

describe("recorders that are known by two ways", () => {
  it("are one, by their id, or by the name they have in the archive", () => {
    const all = merge([view("mic-1"), view("mic-2")], [stored("mic-1"), stored("0b7e-uuid", "mic-2"), stored("field-3")]);
    expect(all.map(r => [r.id, r.module !== null, r.archive?.id ?? null])).toEqual([["mic-1", true, "mic-1"], ["mic-2", true, "0b7e-uuid"], ["field-3", false, "field-3"]]);
  });

  it("are found as uploading only, and are trouble when their last chunk says so", () => {
    const all = merge([view("mic-1")], [stored("field-3"), stored("field-4", null, "dead_microphone")]);
    expect(names(arrange(all, "upload", "name"))).toEqual(["field-3", "field-4"]);
    expect(names(arrange(all, "", "state"))[0]).toBe("field-4");
  });
});
