import { effect } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { broker, hear, hearSoon, linesOf, modules, rooms, Shelf, takeLines, withoutOvertaken } from "./store";

const snapshot = (body: object) => hear([{ type: "snapshot", id: "e-1", data: JSON.stringify({ now_us: 1, broker: { address: null, connected: false, problem: null }, modules: [], sessions: [], ...body }) }]);
const tell = (type: string, body: object) => hear([{ type, id: "e-2", data: JSON.stringify(body) }]);

beforeEach(() => snapshot({}));

describe("what the hub tells", () => {
  it("replaces everything by a snapshot: who is not in it is gone", () => {
    snapshot({ modules: [{ id: "a", alarms: [] }, { id: "b", alarms: [] }], rooms: [{ room: "foyer" }] });
    expect([...modules.all.keys()]).toEqual(["a", "b"]);
    snapshot({ modules: [{ id: "b", alarms: [] }] });
    expect([...modules.all.keys()]).toEqual(["b"]);
    expect(rooms.all.size).toBe(0);
  });

  it("changes one thing at a time, and only those who watch it are told", () => {
    snapshot({ modules: [{ id: "a", state: "idle", alarms: [] }, { id: "b", state: "idle", alarms: [] }] });
    const seen: string[] = [];
    let lists = 0;
    const ends = [effect(() => void seen.push(modules.all.get("a")!.value.state!)), effect(() => void (modules.all, lists++))];
    tell("module", { id: "b", state: "recording", alarms: [] });
    tell("module", { id: "a", state: "recording", alarms: [] });
    expect(seen).toEqual(["idle", "recording"]);
    expect(lists).toBe(1);
    ends.forEach(end => end());
  });

  it("raises and clears alarms", () => {
    snapshot({ modules: [{ id: "a", alarms: ["x"] }] });
    tell("alarm", { id: "a", alarm: "flapping", raised: true });
    expect(modules.find("a")!.alarms).toEqual(["x", "flapping"]);
    tell("alarm", { id: "a", alarm: "x", raised: false });
    expect(modules.find("a")!.alarms).toEqual(["flapping"]);
    tell("alarm", { id: "stranger", alarm: "x", raised: true });
  });

  it("may be of a newer hub: what is not known is passed over", () => {
    tell("no_such_event", { a: 1 });
    expect(broker.value?.connected).toBe(false);
  });

  it("keeps a thousand lines of a room, however many come", () => {
    for (let i = 0; i < 2_500; i++) tell("room_log", { room: "flood", ts_us: i, level: "information", logger: "mqtt", text: String(i) });
    expect(linesOf("flood").value).toHaveLength(1_000);
    expect(linesOf("flood").value.at(-1)!.text).toBe("2499");
  });

  it("joins what a log held before with what came since, nothing twice", () => {
    const line = (ts_us: number) => ({ room: "late", ts_us, level: "information", logger: "x", text: String(ts_us) });
    tell("room_log", line(3));
    tell("room_log", line(4));
    takeLines("late", [line(1), line(2), line(3)]);
    expect(linesOf("late").value.map(l => l.text)).toEqual(["1", "2", "3", "4"]);
  });
});

describe("a flood", () => {
  const told = (type: string, body: object) => ({ type, id: null, data: JSON.stringify(body) });

  it("is gathered: of each thing its last state, of everything else all of it, in order", () => {
    const all = [told("module", { id: "a", n: 1 }), told("room_log", { n: 2 }), told("module", { id: "b", n: 3 }), told("module", { id: "a", n: 4 }), told("room_log", { n: 5 })];
    expect(withoutOvertaken(all).map(t => (JSON.parse(t.data) as { n: number }).n)).toEqual([2, 3, 4, 5]);
  });

  it("does not take a forgotten module back", () => {
    vi.useFakeTimers();
    hearSoon([told("module", { id: "gone", alarms: [] }), told("module_forgotten", { id: "gone" })]);
    expect(modules.find("gone")).toBeUndefined();
    vi.advanceTimersByTime(50);
    expect(modules.find("gone")).toBeUndefined();
    hearSoon([told("module", { id: "back", alarms: [] })]);
    vi.advanceTimersByTime(50);
    expect(modules.find("back")).toBeDefined();
    vi.useRealTimers();
  });
});

describe("a shelf", () => {
  it("keeps the signal of what stays", () => {
    const shelf = new Shelf<number>();
    shelf.replace([["a", 1], ["b", 2]]);
    const a = shelf.all.get("a");
    shelf.replace([["a", 3], ["c", 4]]);
    expect(shelf.all.get("a")).toBe(a);
    expect(a!.value).toBe(3);
    expect([...shelf.all.keys()]).toEqual(["a", "c"]);
  });
});
