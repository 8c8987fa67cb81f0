import { describe, expect, it } from "vitest";
import { Jitter, TARGET_S } from "./jitter";

const BLOCK = 0.06;

describe("the jitter buffer", () => {
  it("places even blocks one behind the other, a quarter of a second ahead", () => {
    const jitter = new Jitter();
    let end = TARGET_S;
    for (let i = 0; i < 100; i++) {
      const { at, rate } = jitter.place(i * BLOCK, BLOCK, false);
      expect(at).toBeCloseTo(end);
      expect(rate).toBe(1);
      end = at + BLOCK;
    }
    expect(jitter.underruns).toBe(0);
  });

  it("grows when it ran empty, and comes back when all is calm", () => {
    const jitter = new Jitter();
    jitter.place(0, BLOCK, false);
    jitter.place(1, BLOCK, false);
    expect(jitter.underruns).toBe(1);
    const grown = jitter.target;
    expect(grown).toBeGreaterThan(TARGET_S);
    let now = 1;
    for (let i = 0; i < 10_000; i++) jitter.place(now += BLOCK, BLOCK, false);
    expect(jitter.target).toBe(TARGET_S);
    expect(jitter.underruns).toBe(1);
  });

  it("plays a little faster while more waits than it should", () => {
    const jitter = new Jitter();
    jitter.place(0, 0.5, false);
    expect(jitter.place(0.1, BLOCK, false).rate).toBeGreaterThan(1);
  });

  it("throws away what gathered while nobody could play it", () => {
    const jitter = new Jitter();
    const placed = Array.from({ length: 60 }, () => jitter.place(0, BLOCK, false));
    expect(placed.filter(p => p.flush).map(p => p.at)).toEqual([TARGET_S]);
    expect(Math.max(...placed.map(p => p.at))).toBeLessThan(3.2);
  });

  it("does not call a pause of the recorder an underrun", () => {
    const jitter = new Jitter();
    jitter.place(0, BLOCK, false);
    jitter.rest();
    jitter.place(10, BLOCK, true);
    expect(jitter.underruns).toBe(0);
  });
});
