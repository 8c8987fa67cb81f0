import { beforeEach, describe, expect, it } from "vitest";
import { language } from "../i18n";
import { en } from "../i18n/en";
import { ru } from "../i18n/ru";
import { reasonOf, textOf } from "./say";

const event = (area: string, name: string, args?: Record<string, string>) => ({ area, event: name, text: "as the hub said it", args: args ?? null });

describe("an event in the language of the page", () => {
  beforeEach(() => { language.value = "ru"; });

  it("is said out of its kind and its data, with verdicts and alarms in words", () => {
    expect(textOf(event("fleet", "command_failed", { command: "start", confirmed: "1", total: "2" }))).toBe("Старт: подтвердили 1 из 2");
    expect(textOf(event("rooms", "command_failed", { topic: "foyer/light/1", payload: "ON", verdict: "timed_out" }))).toBe("foyer/light/1 ON: нет ответа");
    expect(textOf(event("archive", "recorder_alarm", { alarm: "dead_microphone", recorder: "attic" }))).toContain("мёртвый микрофон");
    expect(textOf(event("fleet", "module_lost"))).toBe("Модуль потерян");
  });

  it("is as the hub said it where its kind is not known here or a value is missing, and in English", () => {
    expect(textOf(event("fleet", "of_a_newer_hub"))).toBe("as the hub said it");
    expect(textOf(event("rooms", "run_began"))).toBe("as the hub said it");
    language.value = "en";
    expect(textOf(event("fleet", "module_lost"))).toBe("as the hub said it");
  });

  it("has its reason in words as well", () => {
    expect(reasonOf("silent for 95 s, 3 heartbeats")).toBe("молчит 95 с (пропущено сигналов: 3)");
    expect(reasonOf("STOP by ada")).toBe("СТОП: ada");
    expect(reasonOf("mic-9: timed_out; mic-8: refused, no room (yet)")).toBe("mic-9: нет ответа; mic-8: отказ, no room (yet)");
    expect(reasonOf("Scene 'storm' was ended by a failure: foyer/light/1: TimedOut")).toBe("Сцену «storm» прервал сбой: foyer/light/1: нет ответа");
    language.value = "en";
    expect(reasonOf("start: timed_out")).toBe("Start: no answer");
    expect(reasonOf("foyer/light/1: TimedOut")).toBe("foyer/light/1: no answer");
    expect(reasonOf("something else")).toBe("something else");
  });

  it("has Russian words for nothing that is not in the English ones' place", () => {
    expect(Object.keys(en.told)).toEqual([]);
    for (const text of [...Object.values(ru.told), ...Object.values(ru.reasons)]) expect(text).toMatch(/[а-яА-Я]|^\{/);
  });
});
