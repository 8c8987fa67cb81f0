import { describe, expect, it } from "vitest";
import { choose, covered, coveredOf, fieldOf, fromField, stretch, there } from "./stretch";

describe("a chosen stretch", () => {
  it("is from the earlier to the later end, a second at least, a day at most", () => {
    choose("a", 9e6, 4e6);
    expect(stretch.value).toEqual({ id: "a", from: 4e6, to: 9e6 });
    choose("a", 5e6, 5e6);
    expect(stretch.value).toEqual({ id: "a", from: 5e6, to: 6e6 });
    choose("a", 0, 100 * 3600e6);
    expect(stretch.value!.to).toBe(24 * 3600e6);
  });

  it("has of each span what lies within it", () => {
    const span = (from: number, to: number) => ({ from_us: from * 1e6, to_us: to * 1e6 });
    const s = { id: "a", from: 10e6, to: 20e6 };
    expect(coveredOf(s, [])).toBe(0);
    expect(coveredOf(s, [span(0, 10), span(20, 30)])).toBe(0);
    expect(coveredOf(s, [span(0, 12), span(13, 14), span(19, 30)])).toBe(4e6);
    expect(coveredOf(s, [span(0, 100)])).toBe(10e6);
  });

  it("is not said to be empty before the hub has told of this very stretch", () => {
    choose("a", 10e6, 20e6);
    there.value = null;
    expect(covered.value).toBeNull();
    there.value = { of: stretch.value!, spans: [] };
    expect(covered.value).toBe(0);
    choose("a", 10e6, 21e6);
    expect(covered.value).toBeNull();
    there.value = { of: stretch.value!, spans: [{ from_us: 0, to_us: 12e6, chunks: 1 }] };
    expect(covered.value).toBe(2e6);
    choose("b", 10e6, 21e6);
    expect(covered.value).toBeNull();
  });

  it("goes through the fields unchanged, also on the days the clocks change", () => {
    for (const day of ["2026-03-29T12:00:00", "2026-10-25T12:00:01", "2026-01-01T00:00:00"])
      expect(fieldOf(fromField(day)!)).toBe(day);
    expect(fromField("")).toBeNull();
  });
});
