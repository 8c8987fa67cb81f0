import { describe, expect, it } from "vitest";
import { BOX, LABEL_HEIGHT, labelWidth, layOut, type DrawnEdge, type Drawing } from "./layout";

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

  it("puts words on no box and on no other words, and cuts what would not fit between the boxes", () => {
    const long = layOut({ states: scene.states, edges: [...scene.edges, edge("intro", "END", "foyer/a_topic_of_some_length OPENED")] }, "foyer");
    const words = long.arrows.map(a => ({ x: a.x - labelWidth(a.text) / 2, y: a.y - LABEL_HEIGHT / 2, width: labelWidth(a.text), height: LABEL_HEIGHT }));
    const boxes = long.places.map(p => ({ x: p.x, y: p.y, ...BOX }));
    words.forEach((one, i) => {
      for (const other of [...boxes, ...words.slice(i + 1)])
        expect(one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height).toBe(false);
    });
    expect(long.arrows.find(a => a.from === "intro" && a.to === "END")!.text).toBe("a_topic_of_som\u2026");
    expect(long.arrows.find(a => a.from === "calm" && a.to === "END")!.text).toBe("x +1");
  });

  it("survives scenes that are empty, go round, or name states that are not there", () => {
    expect(layOut({ states: [], edges: [] }).places).toEqual([]);
    expect(layOut({ states: [state("a", true)], edges: [edge("a", "nowhere"), edge("a", "a")] }).arrows).toHaveLength(1);
    const ring = Array.from({ length: 50 }, (_, i) => state("s" + i, i === 0));
    expect(layOut({ states: ring, edges: ring.map((s, i) => edge(s.name, ring[(i + 1) % 50]!.name)) }).places).toHaveLength(50);
  });
});
