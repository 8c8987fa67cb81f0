import { describe, expect, it } from "vitest";
import { around, diff } from "./diff";

const told = (from: string, to: string): string => diff(from, to).map(l => ({ same: " ", gone: "-", new: "+" })[l.kind] + l.text).join("|");

describe("what differs between two texts", () => {
  it.each([
    ["a\nb\nc", "a\nb\nc", " a| b| c"], ["a\nb\nc", "a\nx\nc", " a|-b|+x| c"], ["a\nc", "a\nb\nc", " a|+b| c"], ["a\nb\nc", "a\nc", " a|-b| c"],
    ["a\nb\nc\nd", "b\nc\ne\nd", "-a| b| c|+e| d"], ["", "a", "-|+a"],
  ])("%j to %j", (from, to, wanted) => expect(told(from, to)).toBe(wanted));

  it("gives back both texts, whatever they are", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 16807) % 2147483647) % n;
    for (let round = 0; round < 200; round++) {
      const text = (): string => Array.from({ length: random(12) + 1 }, () => "abc"[random(3)]).join("\n");
      const [from, to] = [text(), text()];
      const all = diff(from, to);
      expect(all.filter(l => l.kind !== "new").map(l => l.text).join("\n")).toBe(from);
      expect(all.filter(l => l.kind !== "gone").map(l => l.text).join("\n")).toBe(to);
    }
  });

  it("is shown with what is around it", () => {
    const all = diff("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nx\n6\n7\n8\n9");
    expect(around(all, 1).map(l => l?.text ?? "…")).toEqual(["…", "4", "5", "x", "6", "…"]);
  });
});
