import { afterEach, expect, it, vi } from "vitest";
import type { LogEvent } from "../../api/types";
import { hear } from "../../live/store";
import { events, filter, follows, open, state, unseen } from "./book";

const event = (id: number, text = `event ${id}`): LogEvent => ({ id, ts_us: id, level: "warn", area: "fleet", subject: "mic-a", event: "x", text, reason: null, by: null, count: 1, args: null });
const tell = (e: LogEvent): void => hear([{ type: "log", id: null, data: JSON.stringify(e) }]);
const soon = (): Promise<void> => new Promise(then => setTimeout(then));

/** A hub whose answers come when the test says so. */
function hub(): { asked: string[]; answer: (list: LogEvent[]) => Promise<void> } {
  const asked: string[] = [];
  const waiting: ((answer: Response) => void)[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    asked.push(path);
    return new Promise<Response>((then, no) => {
      waiting.push(then);
      init.signal?.addEventListener("abort", () => no(new DOMException("aborted", "AbortError")));
    });
  });
  return {
    asked,
    answer: async list => {
      waiting.pop()!(new Response(JSON.stringify({ events: list, next: null }), { headers: { "Content-Type": "application/json" } }));
      await soon();
    },
  };
}

let close = (): void => {};
afterEach(() => {
  close();
  filter.value = { ...filter.peek(), q: "" };
  vi.unstubAllGlobals();
});

it("an event that overtakes the page it is not on yet is shown all the same, once", async () => {
  const far = hub();
  close = open();
  tell(event(3));
  tell(event(4));
  await soon();
  await far.answer([event(3), event(2), event(1)]); // read before the fourth happened
  expect(state.value).toBe("ready");
  expect(events.value.map(e => e.id)).toEqual([4, 3, 2, 1]);
  tell(event(5));
  await soon();
  expect(events.value.map(e => e.id)).toEqual([5, 4, 3, 2, 1]);
});

it("what came for another filter is not taken along to the next", async () => {
  const far = hub();
  close = open();
  tell(event(3, "quiet"));
  filter.value = { ...filter.peek(), q: "torn" };
  tell(event(4, "quiet"));
  tell(event(5, "TORN"));
  await soon();
  await far.answer([event(1, "torn")]);
  expect(far.asked.at(-1)).toContain("q=torn");
  expect(events.value.map(e => e.id)).toEqual([5, 1]);
});

it("asked for anew while one reads further down, it holds what came and counts none of it as unseen", async () => {
  const far = hub();
  close = open();
  await far.answer([event(1)]);
  follows.value = false;
  filter.value = { ...filter.peek(), q: "event" };
  tell(event(2));
  await soon();
  await far.answer([event(1)]);
  expect(events.value.map(e => e.id)).toEqual([2, 1]);
  expect(unseen.value).toBe(0);
});
