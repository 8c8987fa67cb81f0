import { expect, test } from "vitest";
import { startInName } from "./starts";

test("the start that stands in a name is found, in UTC where it says so", () => {
  expect(startInName("chunk_20260105_100000_0b1c.ogg")).toBe(Date.UTC(2026, 0, 5, 10) * 1000);
  expect(startInName("2026-01-05T10-00-00.25Z.wav")).toBe(Date.UTC(2026, 0, 5, 10) * 1000 + 250_000);
  expect(startInName("hall 20260105-100000.flac")).toBe(new Date(2026, 0, 5, 10).getTime() * 1000);
});

test("what is no time is none", () => {
  for (const name of ["interview.wav", "20261305_100000.wav", "1234567890123456.wav", "take_20260105_250000.wav"]) expect(startInName(name)).toBeNull();
});
