import { expect, test } from "vitest";
import { gainOf, pieceOf } from "./deck";

test("once one track is solo only those are heard, and what is muted is never heard", () => {
  const mix = { muted: false, solo: false, volume: 0.5 };
  expect(gainOf(mix, false)).toBe(0.5);
  expect(gainOf(mix, true)).toBe(0);
  expect(gainOf({ ...mix, solo: true }, true)).toBe(0.5);
  expect(gainOf({ ...mix, solo: true, muted: true }, true)).toBe(0);
});

test("from wherever one begins, the pieces of the blocks are every frame to the end once", () => {
  for (const from of [0, 1, 99, 100, 101, 250, 299]) {
    let next = from;
    for (let block = Math.floor(from / 100); block <= 2; block++) {
      const piece = pieceOf(block, 100, from, 300);
      expect(piece.frame).toBe(next);
      expect(piece.offset).toBe(next - block * 100);
      next += piece.length;
    }
    expect(next).toBe(300);
  }
});
