import { afterEach, describe, expect, it, vi } from "vitest";
import { asked, commandFleet, commandRoom, lastOf } from "./commands";
import { link } from "./connection";
import { hear } from "./store";

const answer = (status: number, body: object): Response => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const tell = (type: string, body: object) => hear([{ type, id: null, data: JSON.stringify(body) }]);
const idOf = (call: unknown[]): string => (JSON.parse((call[1] as RequestInit).body as string) as { id: string }).id;

afterEach(() => vi.unstubAllGlobals());

describe("a command", () => {
  it("waits until its own verdict comes, and shows it", async () => {
    const fetch = vi.fn(async (..._: unknown[]) => answer(202, { id: "x", accepted: true }));
    vi.stubGlobal("fetch", fetch);
    await commandRoom("foyer", "send", "room:foyer:output:l1", "ON", { topic: "foyer/l1", payload: "ON" });
    expect(lastOf("room:foyer:output:l1")).toMatchObject({ state: "pending", verdict: null });
    tell("room_command", { room: "foyer", id: "somebody-elses", verdict: "confirmed", reason: null, took_ms: 1 });
    expect(lastOf("room:foyer:output:l1")!.state).toBe("pending");
    tell("room_command", { room: "foyer", id: idOf(fetch.mock.calls[0]!), verdict: "refused", reason: "motor is blocked", took_ms: 90 });
    expect(lastOf("room:foyer:output:l1")).toMatchObject({ state: "ended", verdict: "refused", reason: "motor is blocked", tookMs: 90 });
  });

  it("has its verdict also when that overtakes the answer to the post", async () => {
    vi.stubGlobal("fetch", vi.fn(async (...call: unknown[]) => {
      tell("room_command", { room: "foyer", id: idOf(call), verdict: "confirmed", reason: null, took_ms: 3 });
      return answer(202, { accepted: true });
    }));
    await commandRoom("foyer", "send", "room:foyer:output:l2", "ON");
    expect(lastOf("room:foyer:output:l2")).toMatchObject({ state: "ended", verdict: "confirmed" });
  });

  it("that may have reached the hub or not is not known; one that the hub refused is refused, with its words", async () => {
    vi.stubGlobal("fetch", vi.fn(async () => { throw new TypeError("Failed to fetch"); }));
    await commandRoom("foyer", "run", "room:foyer:scene:a", "Run");
    expect(lastOf("room:foyer:scene:a")).toMatchObject({ state: "ended", verdict: "unknown" });
    vi.stubGlobal("fetch", vi.fn(async () => answer(409, { title: "The scene does not run", detail: "another scene runs" })));
    await commandRoom("foyer", "run", "room:foyer:scene:a", "Run");
    expect(lastOf("room:foyer:scene:a")).toMatchObject({ state: "ended", verdict: "refused", reason: "another scene runs" });
  });

  it("to many names who did not confirm, and never ends twice", async () => {
    const fetch = vi.fn(async (...call: unknown[]) => answer(202, { id: idOf(call), state: "running", created_us: 1, ended_us: null, answer: null }));
    vi.stubGlobal("fetch", fetch);
    await commandFleet("fleet", "Start", { command: "start" });
    const ended = (verdict: string) => tell("command", {
      id: idOf(fetch.mock.calls[0]!), state: "ended", created_us: 1, ended_us: 2,
      answer: { confirmed: 1, of: 2, session_id: null, problem: null, results: [{ module: "a", verdict: "confirmed", took_ms: 9 }, { module: "b", verdict, reason: null, took_ms: 5000 }] },
    });
    ended("timed_out");
    expect(lastOf("fleet")).toMatchObject({ state: "ended", verdict: "partly", tookMs: 5000 });
    ended("confirmed");
    expect(lastOf("fleet")!.answer!.results[1]!.verdict).toBe("timed_out");
  });

  it("has an id of its own each time, and the list of them does not grow for ever", async () => {
    vi.stubGlobal("fetch", vi.fn(async () => answer(202, { accepted: true })));
    for (let i = 0; i < 100; i++) await commandRoom("foyer", "button", `room:foyer:button:${i}`, "x");
    expect(asked.value.length).toBeLessThanOrEqual(60);
    expect(new Set(asked.value.map(a => a.id)).size).toBe(asked.value.length);
  });

  it("whose answer was lost is taken back once there is a way again: it had come, or it never will", async () => {
    vi.useFakeTimers();
    link.value = "gone";
    const asks: string[] = [];
    let came = false;
    vi.stubGlobal("fetch", vi.fn(async (path: string, init?: RequestInit) => {
      if (init?.method !== "DELETE") throw new TypeError("Failed to fetch");
      asks.push(path);
      return came ? answer(200, { id: path.split("/").at(-1), accepted: true, run_id: "r1", reason: null }) : new Response(null, { status: 204 });
    }));
    await commandRoom("foyer", "run", "room:foyer:scene:b", "Run");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asks).toEqual([]); // nobody to ask
    expect(lastOf("room:foyer:scene:b")).toMatchObject({ verdict: "unknown" });
    link.value = "live";
    await vi.advanceTimersByTimeAsync(600);
    expect(asks).toContain(`api/v2/rooms/foyer/presses/${lastOf("room:foyer:scene:b")!.id}`);
    expect(lastOf("room:foyer:scene:b")).toMatchObject({ state: "ended", verdict: "not_sent" });

    came = true;
    await commandRoom("foyer", "button", "room:foyer:button:c", "Press");
    await vi.advanceTimersByTimeAsync(600);
    expect(lastOf("room:foyer:button:c")).toMatchObject({ state: "ended", verdict: "sent" });
    await commandFleet("fleet-late", "Start", { command: "start" });
    await vi.advanceTimersByTimeAsync(600);
    expect(asks).toContain(`api/v2/commands/${lastOf("fleet-late")!.id}`);
    vi.useRealTimers();
  });
});
