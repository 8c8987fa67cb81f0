import { expect, test } from "vitest";
import type { SessionManifest } from "../../api/types";
import { scaleOf, startsOf, timeUs } from "./align";

test("a time keeps its microseconds", () => {
  expect(timeUs("2026-01-05T10:00:00.000123Z")).toBe(Date.UTC(2026, 0, 5, 10) * 1000 + 123);
  expect(timeUs("2026-01-05T10:00:00Z")).toBe(Date.UTC(2026, 0, 5, 10) * 1000);
});

test("starts are told against T0, and the picture holds them all", () => {
  const module = (name: string, first: string | null, uncertainty: number | null) => ({ module: name, first_frame_utc: first, uncertainty_us: uncertainty, synchronised: true });
  const starts = startsOf({
    start_at: "2026-01-05T10:00:05Z", pre_roll_s: 5,
    modules: [module("a", "2026-01-05T10:00:00.000017Z", 310), module("b", "2026-01-05T09:59:59.999960Z", null), module("c", null, null)],
  } as unknown as SessionManifest);
  expect(starts.map(s => s.after)).toEqual([17, -40, null]);
  expect(scaleOf(starts)).toBe(500);
  expect(scaleOf([])).toBe(1);
});
