import { describe, expect, it } from "vitest";
import { en } from "./en";
import { plural } from "./plural";
import { ru } from "./ru";

type Tree = Record<string, unknown>;
const leaves = (tree: Tree, path = ""): [string, unknown][] => Object.entries(tree).flatMap(([key, value]) =>
  typeof value === "object" && value !== null ? leaves(value as Tree, `${path}${key}.`) : [[path + key, value] as [string, unknown]]);

describe("the words", () => {
  it("are the same ones in both languages, none empty", () => {
    // These the hub words itself in English; that none is missing in Russian is a test of the hub (KindsTests, SceneWordsTests, RefusalWordsTests).
    const hubs = ["told", "reasons", "checks", "refusals", "asked"];
    const rest = Object.fromEntries(Object.entries(ru).filter(([name]) => !hubs.includes(name)));
    expect(leaves(rest as unknown as Tree).map(([k]) => k).sort()).toEqual(leaves(en as unknown as Tree).map(([k]) => k).sort());
    for (const name of hubs) expect(Object.keys(en[name as keyof typeof en]), name).toEqual([]);
    for (const language of [en, ru])
      for (const [key, value] of leaves(language as unknown as Tree)) if (!key.endsWith("classes.other")) expect(value, key).toBeTruthy();
  });

  it("count as the language does", () => {
    const days = (count: number): string => plural("ru", count, { one: "день", few: "дня", many: "дней", other: "дня" });
    expect([1, 2, 5, 11, 21, 22].map(days)).toEqual(["1 день", "2 дня", "5 дней", "11 дней", "21 день", "22 дня"]);
    expect(plural("en", 1, { one: "day", other: "days" })).toBe("1 day");
  });
});
