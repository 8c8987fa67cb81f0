import { describe, expect, it } from "vitest";
import { read, write } from "./address";
import { DAY, fullness, held, HOUR, lengthOf, MINUTE, nextStep, SECOND, SHORTEST, STEPS, stepOf, ticks, YEAR, zoomAround } from "./scale";

const T = Date.UTC(2026, 10, 28, 14) * 1000;

describe("zoom", () => {
  it("keeps what is under the pointer where it is", () => {
    const view = { from: T, to: T + HOUR };
    const near = zoomAround(view, T + 15 * MINUTE, 10 * MINUTE);
    expect(lengthOf(near)).toBe(10 * MINUTE);
    expect((T + 15 * MINUTE - near.from) / lengthOf(near)).toBeCloseTo(0.25, 6);
  });

  it("goes from all to ten seconds and back by steps", () => {
    const all = 3 * YEAR;
    const down = [all];
    while (down.at(-1)! > SHORTEST) down.push(nextStep(down.at(-1)!, false, all));
    expect(down).toEqual([all, ...STEPS.map(s => s[1]).toReversed()]);
    const up = [SHORTEST];
    while (up.at(-1)! < all) up.push(nextStep(up.at(-1)!, true, all));
    expect(up).toEqual(down.toReversed());
  });

  it("is held to what there is", () => {
    expect(lengthOf(held({ from: T, to: T + SECOND }, T - DAY, T))).toBe(SHORTEST);
    const early = held({ from: T - 30 * DAY, to: T - 29 * DAY }, T - DAY, T);
    expect(early.to).toBeGreaterThan(T - DAY);
    const late = held({ from: T + 30 * DAY, to: T + 31 * DAY }, T - DAY, T);
    expect(late.from).toBeLessThan(T);
  });
});

describe("an address", () => {
  it("comes back as the place it was made of", () => {
    for (const place of [
      { at: T, length: 10 * MINUTE, filter: "", open: null }, { at: T, length: 4321 * SECOND, filter: "a/b ?#%", open: "mic" },
      { at: null, length: DAY, filter: "", open: "mic" }, { at: null, length: "all" as const, filter: "x", open: null }, { at: null, length: null, filter: "", open: null },
    ]) expect(read(write(place))).toEqual(place);
    expect(write({ at: T, length: HOUR, filter: "", open: null })).toEqual(["2026-11-28T14:00:00Z", "1h"]);
  });

  it("typed wrongly is now", () => {
    expect(read(["yesterday", "long", "*", "*"])).toEqual({ at: null, length: null, filter: "", open: null });
    expect(read(["99999999-01-01", "0s"])).toEqual({ at: null, length: SHORTEST, filter: "", open: null });
  });
});

describe("ticks", () => {
  it("are at most as many as there is room for, in order, inside the view, from seconds to years", () => {
    for (const length of [...STEPS.map(s => s[1]), 7 * YEAR]) {
      const view = { from: T - length, to: T };
      const found = ticks(view, 12);
      expect(found.length).toBeGreaterThan(2);
      expect(found.length).toBeLessThanOrEqual(14);
      expect(found.every(t => t.us >= view.from && t.us <= view.to)).toBe(true);
      expect([...found].sort((a, b) => a.us - b.us)).toEqual(found);
    }
  });

  it("know a step by its name on days that are shorter", () => {
    expect(stepOf(23 * HOUR)).toBe("24h");
    expect(stepOf(7 * DAY - HOUR)).toBe("7d");
    expect(stepOf(3 * HOUR)).toBeNull();
  });
});

describe("the overview", () => {
  it("says of an hour with three minutes in it that it is a twentieth full", () => {
    expect(fullness([3 * MINUTE, 0], HOUR)).toEqual([0.05, 0]);
    expect(fullness([3 * MINUTE, HOUR], HOUR)).toEqual([0.05, 1]);
    expect(fullness([], HOUR)).toEqual([]);
  });

  it("is full where all that were ever heard at once are", () => {
    expect(fullness([4 * HOUR, 3 * HOUR + 30 * MINUTE, HOUR], HOUR)).toEqual([1, 0.875, 0.25]);
    expect(fullness([HOUR + 10 * SECOND, HOUR], HOUR)).toEqual([1, 1]);
  });
});
