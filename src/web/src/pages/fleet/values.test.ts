import { describe, expect, it } from "vitest";
import type { ModuleView } from "../../api/types";
import { changes, configOf, faults, seconds, seenOf, valuesOf } from "./values";

const module = (id: string, config: Record<string, unknown>): ModuleView => ({ id, config }) as unknown as ModuleView;

describe("a length of time as people type it", () => {
  it.each([["90", 90], ["1:30", 90], ["1:00:00", 3600], ["0,5", 0.5], [" 2.5 ", 2.5]])("%s", (text, wanted) => expect(seconds(text)).toBe(wanted));
  it.each(["", "x", "1:60", "1:2:3:4", "-3", "1e3", ":"])("is not %s", text => expect(seconds(text)).toBeNull());
});

describe("settings of many", () => {
  const all = [module("a", { samplerate: 48000, device: null }), module("b", { samplerate: 44100, device: "hw:1" }), module("c", { samplerate: 48000, device: null })];

  it("are told with how many have them, the most frequent first", () => {
    expect(valuesOf(all, "samplerate")).toEqual([{ text: "48000", count: 2 }, { text: "44100", count: 1 }]);
    expect(valuesOf(all.slice(-2), "samplerate")).toEqual(valuesOf(all.slice(-2).reverse(), "samplerate")); // whoever was heard first
    expect(valuesOf(all, "device")).toEqual([{ text: null, count: 2 }, { text: "hw:1", count: 1 }]);
  });

  it("are refused with what is allowed, before a module has to", () => {
    expect(faults([{ key: "samplerate", text: "7999" }], all)).toEqual([{ key: "samplerate", min: 8000, max: 192000 }]);
    expect(faults([{ key: "channels", text: "1.5" }], all)).toEqual([{ key: "channels", min: 1, max: 8 }]);
    expect(faults([{ key: "device", text: "file:/etc/passwd" }], all)).toEqual([{ key: "device", device: true }]);
    expect(faults([{ key: "codec", text: "opus" }, { key: "channels", text: "4" }], all)).toEqual([{ key: "channels", opus: true }]);
    expect(faults([{ key: "samplerate", text: "16000" }], all)).toEqual([]);
  });

  it("are sent as what they are", () => {
    expect(configOf([{ key: "samplerate", text: " 16000 " }, { key: "device", text: "" }, { key: "codec", text: "flac" }])).toEqual({ samplerate: 16000, device: null, codec: "flac" });
  });

  it("that changed since they were seen are named with both values", () => {
    const seen = new Map(all.map(m => [m.id, seenOf(m)]));
    const now = [module("a", { samplerate: 16000, device: null }), all[1]!];
    expect(changes(seen, now.map(m => ({ id: m.id, values: seenOf(m) })))).toEqual([{ id: "a", key: "samplerate", was: "48000", is: "16000" }]);
  });
});
