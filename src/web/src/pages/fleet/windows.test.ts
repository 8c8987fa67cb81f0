import { describe, expect, it } from "vitest";
import { DAY, readWindows } from "./windows";

const of = (text: string): unknown => {
  const read = readWindows(text);
  return "bad" in read ? `bad ${read.bad}` : read.windows.map(w => `${w.day} ${w.from}-${w.to}`);
};

describe("windows of a schedule", () => {
  it("are read as recorders read them", () => {
    expect(of("always")).toHaveLength(7);
    expect(of("mon 08:00-22:00")).toEqual(["1 480-1320"]);
    expect(of("sat,sun 22:00-02:00")).toEqual([`6 1320-${DAY}`, "0 0-120", `0 1320-${DAY}`, "1 0-120"]);
    expect(of("fri-mon 00:00-24:00")).toHaveLength(4);
    expect(of("Monday 8:00-9:00, 10:00-11:00; tue 1:00-2:00")).toEqual(["1 480-540", "1 600-660", "2 60-120"]);
  });

  it.each([["", "bad "], ["mon", "bad mon"], ["mond 08:00-09:00", "bad mond"], ["08:00-08:00", "bad 08:00-08:00"], ["24:00-01:00", "bad 24:00-01:00"], ["8-9", "bad 8-9"], ["08:00-09:00 mon", "bad mon"]])(
    "name the word that cannot be read: %s", (text, wanted) => expect(of(text)).toBe(wanted));
});
