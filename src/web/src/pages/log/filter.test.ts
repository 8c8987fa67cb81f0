import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../api/types";
import { addressOf, instant, takes, type Filter } from "./filter";

const all: Filter = { level: "info", area: "", subject: "", q: "", from: "", to: "" };
const event: LogEvent = { id: 1, ts_us: 1_000_000_000_000, level: "warn", area: "fleet", subject: "mic-1", event: "module_late", text: "The module is late", reason: "Silence", by: null, count: 1, args: null };

describe("the log's filter", () => {
  it("takes what the hub would take", () => {
    expect(takes(all, event)).toBe(true);
    expect(takes({ ...all, level: "error" }, event)).toBe(false);
    expect(takes({ ...all, area: "rooms" }, event)).toBe(false);
    expect(takes({ ...all, subject: "mic-1", q: "sILENCE" }, event)).toBe(true);
    expect(takes({ ...all, q: "thunder" }, event)).toBe(false);
    const hour = new Date(event.ts_us / 1000 + 3_600_000).toISOString().slice(0, 19);
    expect(takes({ ...all, from: hour + "Z" }, event)).toBe(false);
    expect(takes({ ...all, to: hour + "Z" }, event)).toBe(true);
  });

  it("asks with values encoded, and leaves out what is half typed", () => {
    expect(addressOf(all, 200, null)).toBe("api/v2/log?limit=200");
    expect(addressOf({ ...all, level: "warn", subject: "a&b=c", q: "50% <b>", from: "2026-13-" }, null, 7)).toBe("api/v2/log?level=warn&subject=a%26b%3Dc&q=50%25+%3Cb%3E&before=7");
    expect(instant("")).toBeNull();
  });
});
