import { computed, effect, signal } from "@preact/signals";
import { en, type Words } from "./en";

export type { Words };
export type Language = "en" | "ru";

const KEY = "chorale.language";

function wanted(): Language {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "en" || kept === "ru") return kept;
  } catch {
    // a browser that keeps nothing
  }
  return typeof navigator !== "undefined" && navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
}

/** A language is loaded when it is spoken; English is there, for it is what the hub speaks. */
const known: Record<Language, Words | null> = { en, ru: null };

export const language = signal<Language>("en");
export const words = computed<Words>(() => known[language.value] ?? en);

/** Dates and numbers as the browser's own region writes that language. */
export const locale = computed(() => {
  const all = typeof navigator === "undefined" ? [] : navigator.languages;
  return all.find(l => l.toLowerCase().startsWith(language.value)) ?? language.value;
});

if (typeof document !== "undefined") effect(() => { document.documentElement.lang = language.value; });

let last: Language = "en";

/** @throws Its words do not come. */
async function learn(chosen: Language): Promise<void> {
  last = chosen;
  if (chosen === "ru") known.ru ??= (await import("./ru")).ru;
  if (last === chosen) language.value = chosen;
}

/** Where its words do not come the page goes on in the language that it speaks, and has the new one when it is opened again. */
export function speak(chosen: Language): Promise<void> {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // for this visit, then
  }
  return learn(chosen).catch(() => {});
}

const PATIENCE_MS = 2_000;

/** Null: the page can be drawn at once. Else once its words are there, or do not come: they may still arrive in the drawn page. */
export const spoken: Promise<void> | null = wanted() === "en" ? null : Promise.race([learn(wanted()).catch(() => {}), new Promise<void>(done => setTimeout(done, PATIENCE_MS))]);
