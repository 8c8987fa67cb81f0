import { expect, test } from "vitest";
import type { SessionView } from "../../api/types";
import { matches } from "./filter";

const at = (day: number): number => new Date(2026, 0, day, 23, 59).getTime() * 1000;
const session = { recording_id: "Night-Watch", session_id: "night-watch-2", state: "complete", created_us: at(5) } as SessionView;
const any = { text: "", state: "", from: "", to: "" };
const word = (state: string): string => (state === "complete" ? "завершена" : state);

test("a recording is found by a part of its name, by its state in words, and by its days", () => {
  for (const text of ["", "watch", "WATCH-2", "заверш"]) expect(matches(session, { ...any, text }, word)).toBe(true);
  expect(matches(session, { ...any, text: "morning" }, word)).toBe(false);
  expect(matches(session, { ...any, state: "failed" }, word)).toBe(false);
  expect(matches(session, { ...any, from: "2026-01-05", to: "2026-01-05" }, word)).toBe(true);
  expect(matches(session, { ...any, from: "2026-01-06" }, word)).toBe(false);
  expect(matches(session, { ...any, to: "2026-01-04" }, word)).toBe(false);
});
