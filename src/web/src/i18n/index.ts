import { computed, effect, signal } from "@preact/signals";
import { en, type Words } from "./en";
import { ru } from "./ru";

export type { Words };
export type Language = "en" | "ru";

const KEY = "chorale.language";

function first(): Language {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "en" || kept === "ru") return kept;
  } catch {
    // a browser that keeps nothing
  }
  return typeof navigator !== "undefined" && navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
}

export const language = signal<Language>(first());
export const words = computed<Words>(() => (language.value === "ru" ? ru : en));

/** Dates and numbers as the browser's own region writes that language. */
export const locale = computed(() => {
  const all = typeof navigator === "undefined" ? [] : navigator.languages;
  return all.find(l => l.toLowerCase().startsWith(language.value)) ?? language.value;
});

if (typeof document !== "undefined") effect(() => { document.documentElement.lang = language.value; });

export function speak(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // for this visit, then
  }
}
