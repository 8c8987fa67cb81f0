import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { speak } from "./i18n";
import { moment } from "./time";

beforeEach(() => { vi.useFakeTimers({ now: new Date(2026, 10, 29, 12) }); });
afterEach(() => { vi.useRealTimers(); });

const at = (...local: [number, number, number, number]): string => moment(new Date(...local).getTime() * 1000);

test("a moment says the day where it is not today's, and the year where it is not this one", async () => {
  for (const language of ["en", "ru"] as const) {
    await speak(language);
    expect(at(2026, 10, 29, 9)).not.toMatch(/29|2026/);
    expect(at(2026, 0, 31, 9)).toMatch(/31/);
    expect(at(2026, 0, 31, 9)).not.toMatch(/2026/);
    expect(at(2025, 10, 29, 9)).toMatch(/29.*2025/); // a year ago to the day
    expect(at(2027, 0, 1, 0)).toMatch(/2027/);
  }
});
