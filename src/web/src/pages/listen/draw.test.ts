import { describe, expect, it } from "vitest";
import { evenly, joined, levelPath } from "./draw";

describe("what is drawn of a long time", () => {
  it("is one box where nothing was missing, and another wherever it is otherwise", () => {
    const buckets = [100, 100, 99.99, 50, 0, 0.001, 0.001].map((covered, n) => ({ from_us: n * 100, covered_us: covered }));
    expect(evenly(buckets, 100)).toEqual([{ from_us: 0, to_us: 300, part: 1 }, { from_us: 300, to_us: 400, part: 0.5 }, { from_us: 500, to_us: 700, part: 0.01 }]);
    expect(evenly([{ from_us: 0, covered_us: 100 }, { from_us: 500, covered_us: 130 }], 100)).toHaveLength(2); // what lies apart stays apart
    expect(joined([{ from_us: 0, to_us: 10 }, { from_us: 11, to_us: 20 }, { from_us: 40, to_us: 50 }], 5)).toEqual([{ from_us: 0, to_us: 20 }, { from_us: 40, to_us: 50 }]);
  });

  it("is as high as it was loud, with a hole where nothing is known", () => {
    expect(levelPath([0, -66, null, -33], 0, 10, us => us)).toBe("M0 50V2H10V49H20V51H10V98H0ZM30 50V26H40V74H30Z");
    expect(levelPath([null, null], 0, 10, us => us)).toBe("");
  });
});
