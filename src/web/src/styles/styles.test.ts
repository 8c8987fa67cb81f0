import { expect, test } from "vitest";

const sheets = import.meta.glob<string>("./*.css", { query: "?raw", import: "default", eager: true });
const sources = import.meta.glob<string>("../**/*.tsx", { query: "?raw", import: "default", eager: true });

/** Whose each sheet is; what several pages use stands in parts.css. */
const folders: Record<string, string[]> = {
  access: ["access", "settings", "log"], fleet: ["fleet"], listen: ["listen", "live"], log: ["log"], pages: ["home"], recordings: ["recordings", "jobs"], rooms: ["rooms"],
};

/** Classes of which a rule says something wherever they stand: `.name { }` and `.name part { }`, but not `.card.name { }` or `.list .name { }`. */
const anywhere = (css: string): string[] =>
  [...css.replace(/\/\*[^]*?\*\//g, "").matchAll(/([^{}]+)\{/g)].flatMap(rule => rule[1]!.split(",")).flatMap(selector => /^\s*\.([\w-]+)(?=[\s>+~:]|$)/.exec(selector)?.[1] ?? []);

const classesOf = (source: string): Set<string> =>
  new Set([...source.matchAll(/\bclass=(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\})/g)].flatMap(at => at[1]?.split(" ") ?? [...at[2]!.matchAll(/["`]([^"`]*)["`]/g)].flatMap(text => text[1]!.replace(/\$\{[^}]*\}/g, " ").split(" "))));

test("the styles of a page reach no other page", () => {
  expect(Object.keys(sheets).length).toBeGreaterThan(8);
  const found: string[] = [];
  for (const [sheet, owners] of Object.entries(folders)) {
    const told = new Set(anywhere(sheets[`./${sheet}.css`]!));
    expect(told.size, sheet).toBeGreaterThan(5);
    for (const [file, source] of Object.entries(sources)) {
      if (owners.some(o => file.startsWith(`../pages/${o}/`))) continue;
      for (const name of classesOf(source)) if (told.has(name)) found.push(`${sheet}.css: .${name} in ${file}`);
    }
  }
  expect(found).toEqual([]);
});
