import { describe, expect, it } from "vitest";
import { BOX, layOut, type DrawnEdge, type Drawing } from "./layout";

const state = (name: string, is_initial = false) => ({ name, description: null, is_initial, cues: 0, enter: [] });
const edge = (from: string | null, to: string, label = "x"): DrawnEdge => ({ from, to, type: "timeout", label, is_global: from === null });
const scene: Drawing = {
  states: [state("intro", true), state("storm"), state("calm"), state("lost"), state("END")],
  edges: [edge("intro", "storm"), edge("intro", "calm"), edge("storm", "calm"), edge("calm", "intro"), edge("calm", "END"), edge("storm", "storm"), edge(null, "END"), edge("calm", "END", "y")],
};

describe("the drawing of a scene", () => {
  const drawn = layOut(scene);
  const at = (name: string) => drawn.places.find(p => p.name === name)!;

  it("begins at the initial state, ends at END, and shows what nothing leads to; global events are no arrows", () => {
    expect(at("intro").layer).toBe(0);
    expect(at("END").layer).toBeGreaterThan(at("calm").layer);
    expect(at("lost")).toBeDefined();
  });

  it("puts no two states into one place, and all inside the frame", () => {
    for (const a of drawn.places) {
      expect(a.x + BOX.width).toBeLessThanOrEqual(drawn.width);
      expect(a.y + BOX.height).toBeLessThanOrEqual(drawn.height);
      for (const b of drawn.places)
        if (a !== b) expect(Math.abs(a.x - b.x) >= BOX.width || Math.abs(a.y - b.y) >= BOX.height).toBe(true);
    }
  });

  it("draws one arrow between two states, with every cause", () => {
    const ends = drawn.arrows.filter(a => a.from === "calm" && a.to === "END");
    expect(ends).toHaveLength(1);
    expect(ends[0]!.labels.map(l => l.text)).toEqual(["x", "y"]);
    expect(drawn.arrows).toHaveLength(6);
  });

  it("survives scenes that are empty, go round, or name states that are not there", () => {
    expect(layOut({ states: [], edges: [] }).places).toEqual([]);
    expect(layOut({ states: [state("a", true)], edges: [edge("a", "nowhere"), edge("a", "a")] }).arrows).toHaveLength(1);
    const ring = Array.from({ length: 50 }, (_, i) => state("s" + i, i === 0));
    expect(layOut({ states: ring, edges: ring.map((s, i) => edge(s.name, ring[(i + 1) % 50]!.name)) }).places).toHaveLength(50);
  });
});
