import { beforeEach, describe, expect, it } from "vitest";
import { speak } from ".";
import { en } from "./en";
import { ru } from "./ru";
import { byOf, checkOf, reasonOf, refusalOf, textOf } from "./say";

const event = (area: string, name: string, args?: Record<string, string>) => ({ area, event: name, text: "as the hub said it", args: args ?? null });

describe("an event in the language of the page", () => {
  beforeEach(() => speak("ru"));

  it("is said out of its kind and its data, with verdicts and alarms in words", () => {
    expect(textOf(event("fleet", "command_failed", { command: "start", confirmed: "1", total: "2" }))).toBe("Старт: подтвердили 1 из 2");
    expect(textOf(event("rooms", "command_failed", { topic: "foyer/light/1", payload: "ON", verdict: "timed_out" }))).toBe("foyer/light/1 ON: нет ответа");
    expect(textOf(event("archive", "recorder_alarm", { alarm: "dead_microphone", recorder: "attic" }))).toContain("мёртвый микрофон");
    expect(textOf(event("fleet", "module_lost"))).toBe("Модуль потерян");
  });

  it("is as the hub said it where its kind is not known here or a value is missing, and in English", async () => {
    expect(textOf(event("fleet", "of_a_newer_hub"))).toBe("as the hub said it");
    expect(textOf(event("rooms", "run_began"))).toBe("as the hub said it");
    await speak("en");
    expect(textOf(event("fleet", "module_lost"))).toBe("as the hub said it");
  });

  it("has its reason in words as well", async () => {
    expect(reasonOf("silent for 95 s, 3 heartbeats")).toBe("молчит 95 с (пропущено сигналов: 3)");
    expect(reasonOf("STOP by ada")).toBe("СТОП: ada");
    expect(reasonOf("mic-9: timed_out; mic-8: refused, no room (yet)")).toBe("mic-9: нет ответа; mic-8: отказ, no room (yet)");
    expect(reasonOf("Scene 'storm' was ended by a failure: foyer/light/1: TimedOut")).toBe("Сцену «storm» прервал сбой: foyer/light/1: нет ответа");
    await speak("en");
    expect(reasonOf("start: timed_out")).toBe("Start: no answer");
    expect(reasonOf("foyer/light/1: TimedOut")).toBe("foyer/light/1: no answer");
    expect(reasonOf("something else")).toBe("something else");
  });

  it("has Russian words for nothing that is not in the English ones' place", () => {
    expect(Object.keys(en.told)).toEqual([]);
    for (const text of [...Object.values(ru.told), ...Object.values(ru.reasons)]) expect(text).toMatch(/[а-яА-Я]|^\{/);
  });

  it("says what the check found, whatever it is about", () => {
    expect(checkOf('a state has no key "onExitt"; did you mean "onExit"?')).toBe("состояние: ключа «onExitt» нет; может быть, «onExit»?");
    expect(checkOf('the text "5" stands where a number of seconds is wanted')).toBe("нужно: число секунд; стоит: текст «5»");
    expect(checkOf('there is no state "A"')).toBe("состояния «A» нет");
    expect(checkOf('there is no state "A b"; did you mean "A"?')).toBe("состояния «A b» нет; может быть, «A»?");
    expect(checkOf("is not JSON: '}' is invalid after a property name. Expected a ':'.")).toBe("это не JSON: после имени ключа стоит «}», а нужно «:»");
    expect(checkOf('the topic "" is empty')).toBe("тема «» пустая");
    expect(checkOf("of a newer hub")).toBe("of a newer hub");
  });

  it("says no for the hub, down to what would be allowed", async () => {
    expect(refusalOf("duration_s is '-1': more than 0 and at most 31622400 is allowed")).toBe("duration_s «-1»: можно больше 0 и не больше 31622400");
    expect(refusalOf("name is missing: name and password are needed")).toBe("name не указано: нужны имя и пароль");
    expect(refusalOf("ada is an operator; this needs a technician")).toBe("ada: оператор, а нужен техник");
    expect(refusalOf("'storm' runs")).toBe("идёт «storm»");
    expect(refusalOf("'a|b' is empty")).toBe("«a|b» пусто");
    expect(refusalOf("the disk is odd: so it says")).toBe("the disk is odd: so it says");
    expect(refusalOf("'a' is a stranger's own sentence")).toBe("'a' is a stranger's own sentence");
    expect(refusalOf("'storm' has 2 errors, the first: storm.json:3: states: error: something [S099]")).toContain("storm.json:3: states: error: something [S099]");
    expect(reasonOf("in force after the recording that runs; unknown and ignored: gain")).toBe("подействует после той записи, что идёт; не знает и пропустил: gain");
    expect(reasonOf("the microphone is not there: it gives no frames")).toBe("микрофона нет: он ничего не передаёт");
    expect(refusalOf("'take.wav' was sent already")).toBe("«take.wav» уже отправлен");
    expect(reasonOf("it waits for 'storm'")).toBe("ждёт, пока кончится «storm»");
    expect(refusalOf("Too many failed logins from this address: again in 30 s")).toBe("С этого адреса слишком много неудачных входов; можно снова через 30 с");
    expect(byOf("the page")).toBe("страница");
    expect(byOf("ada")).toBe("ada");
    await speak("en");
    expect(refusalOf("'storm' runs")).toBe("'storm' runs");
    expect(byOf("the page")).toBe("the page");
  });
});
