import { describe, expect, it } from "vitest";
import { choose, fieldOf, fromField, stretch } from "./stretch";

describe("a chosen stretch", () => {
  it("is from the earlier to the later end, a second at least, a day at most", () => {
    choose("a", 9e6, 4e6);
    expect(stretch.value).toEqual({ id: "a", from: 4e6, to: 9e6 });
    choose("a", 5e6, 5e6);
    expect(stretch.value).toEqual({ id: "a", from: 5e6, to: 6e6 });
    choose("a", 0, 100 * 3600e6);
    expect(stretch.value!.to).toBe(24 * 3600e6);
  });

  it("goes through the fields unchanged, also on the days the clocks change", () => {
    for (const day of ["2026-03-29T12:00:00", "2026-10-25T12:00:01", "2026-01-01T00:00:00"])
      expect(fieldOf(fromField(day)!)).toBe(day);
    expect(fromField("")).toBeNull();
  });
});
