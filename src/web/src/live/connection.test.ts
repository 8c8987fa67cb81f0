import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection, link, linkProblem } from "./connection";
import type { Told } from "./sse";

const encoder = new TextEncoder();

/** A hub of one connection at a time: says what it is told to, and remembers how it was asked. */
class Hub {
  asked: (string | null)[] = [];
  answers: "stream" | "nobody" | 401 | 503 = "stream";
  private stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = vi.fn(async (_: string, init: RequestInit): Promise<Response> => {
    this.asked.push(new Headers(init.headers).get("Last-Event-ID"));
    if (this.answers === "nobody") throw new TypeError("Failed to fetch");
    if (this.answers !== "stream") return new Response(JSON.stringify({ detail: "not now" }), { status: this.answers });
    return new Response(new ReadableStream<Uint8Array>({ start: c => { this.stream = c; } }));
  });

  say(event: string, id: string | null, data: object = {}): void {
    this.stream!.enqueue(encoder.encode(`event: ${event}\n${id === null ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`));
  }

  end(): void {
    this.stream!.close();
  }
}

let hub: Hub;
let heard: Told[];
const listeners = new Map<string, () => void>();
const page = { hidden: false, addEventListener: (name: string, then: () => void) => listeners.set(name, then) };
const pass = async (ms: number): Promise<void> => { await vi.advanceTimersByTimeAsync(ms); };

beforeEach(async () => {
  vi.useFakeTimers();
  [hub, heard] = [new Hub(), []];
  vi.stubGlobal("fetch", hub.fetch);
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", page);
  link.value = "connecting";
  new Connection("api/v2/events", told => heard.push(...told)).start();
  await pass(0);
  hub.say("snapshot", "e-1");
  await pass(1);
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the page's link", () => {
  it("is live once something was heard, and stays so while the hub beats", async () => {
    expect(link.value).toBe("live");
    for (let i = 0; i < 60; i++) {
      hub.say("beat", null);
      await pass(1_000);
      expect(link.value).toBe("live");
    }
    expect(hub.asked).toEqual([null]);
  });

  it("is gone within three seconds of silence, though nothing was closed; a new one is begun, from what was heard last", async () => {
    hub.say("room", "e-7");
    await pass(2_400);
    expect(link.value).toBe("live");
    await pass(600);
    expect(link.value).toBe("gone");
    await pass(500);
    expect(hub.asked).toEqual([null, "e-7"]);
    hub.say("room", "e-8");
    await pass(1);
    expect(link.value).toBe("live");
    expect(heard.map(t => t.type)).toEqual(["snapshot", "room", "room"]);
  });

  it("is gone at once when the hub ends it, and tried again after 200 ms, then at most every 2 s and a half", async () => {
    hub.end();
    await pass(1);
    expect(link.value).toBe("gone");
    hub.answers = "nobody";
    await pass(60_000);
    expect(hub.asked.length).toBeGreaterThan(24);
    expect(hub.asked.length).toBeLessThan(45);
    hub.answers = "stream";
    await pass(2_500);
    hub.say("snapshot", "f-1");
    await pass(1);
    expect(link.value).toBe("live");
  });

  it("says what the hub itself said, and knows a credential that is missing from a hub that is", async () => {
    hub.answers = 503;
    hub.end();
    await pass(3_000);
    expect(link.value).toBe("gone");
    expect(linkProblem.value).toBe("not now");
    hub.answers = 401;
    await pass(5_000);
    expect(link.value).toBe("refused");
  });

  it("asks for everything anew when it was out of sight, and not when it was not", async () => {
    page.hidden = true;
    listeners.get("visibilitychange")!();
    for (let i = 0; i < 10; i++) {
      hub.say("beat", null);
      await pass(1_000);
    }
    page.hidden = false;
    listeners.get("visibilitychange")!();
    await pass(1);
    expect(hub.asked).toEqual([null, null]); // no number of a last event: a snapshot
    hub.say("snapshot", "e-9");
    await pass(1);
    listeners.get("focus")!();
    await pass(1);
    expect(hub.asked).toHaveLength(2);
  });
});
