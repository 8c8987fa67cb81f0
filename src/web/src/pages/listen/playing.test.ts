import { describe, expect, it } from "vitest";
import { wallAt } from "./playing";

const S = 1e6;
const spans = [{ from_us: 100 * S, to_us: 110 * S, chunks: 5 }, { from_us: 200 * S, to_us: 230 * S, chunks: 15 }];

describe("the wall time of a position in a stream that skips gaps", () => {
  it("is past the gap as soon as the first span is played", () => {
    expect(wallAt(spans, 100 * S, 0)).toBe(100 * S);
    expect(wallAt(spans, 100 * S, 10 * S)).toBe(110 * S);
    expect(wallAt(spans, 100 * S, 11 * S)).toBe(201 * S);
  });

  it("counts from where playing began", () => {
    expect(wallAt(spans, 105 * S, 4 * S)).toBe(109 * S);
    expect(wallAt(spans, 105 * S, 6 * S)).toBe(201 * S);
    expect(wallAt(spans, 150 * S, 1 * S)).toBe(201 * S);
  });

  it("ends where the audio ends", () => {
    expect(wallAt(spans, 100 * S, 1000 * S)).toBe(230 * S);
    expect(wallAt([], 7 * S, 3 * S)).toBe(10 * S);
  });
});
