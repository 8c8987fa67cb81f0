import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { block } from "./pages/live/blocks.testing";
import { heard, listen, stop } from "./pages/live/player";
import { Deck } from "./pages/recordings/deck";
import { watchCard } from "./sound-card";

/** A sound card that takes what it is given, or not: its clock goes with the clock of the test. */
class Card extends EventTarget {
  static all: Card[] = [];
  static takes = true;
  state = "suspended";
  destination = {};
  outputLatency = 0;
  /** Buffers that were to sound here. */
  given = 0;
  private ran = 0;
  private since: number | null = null;

  constructor() {
    super();
    Card.all.push(this);
  }

  get currentTime(): number { return (this.ran + (this.since === null ? 0 : performance.now() - this.since)) / 1000; }

  resume(): Promise<void> {
    if (!Card.takes) return new Promise(() => {}); // as browsers do it
    [this.state, this.since] = ["running", performance.now()];
    return Promise.resolve();
  }

  suspend(): Promise<void> {
    this.stop();
    this.state = "suspended";
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.stop();
    this.state = "closed";
    return Promise.resolve();
  }

  stop(): void {
    if (this.since !== null) [this.ran, this.since] = [this.ran + performance.now() - this.since, null];
  }

  createGain(): object { return { gain: { value: 1 }, connect() {} }; }
  createAnalyser(): object { return { fftSize: 0, connect() {}, getFloatTimeDomainData() {} }; }
  createBuffer(_: number, frames: number): object { return { getChannelData: () => new Float32Array(frames) }; }
  createBufferSource(): object { return { playbackRate: { value: 1 }, connect() {}, disconnect() {}, start: () => { this.given++; }, stop() {} }; }
  decodeAudioData(): Promise<{ length: number }> { return Promise.resolve({ length: 4 * 48_000 }); }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", Card);
  [Card.all, Card.takes] = [[], true];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const deckOf = (): Deck => new Deck([{ module: "hall", channels: 1 }], 48_000, 60 * 48_000, () => Promise.resolve(new ArrayBuffer(0)));

test.each([["the browser says so", (card: Card) => { card.stop(); card.dispatchEvent(new Event("error")); }], ["its clock stands and nothing is said", (card: Card) => card.stop()]])(
  "a recording whose card is pulled out stands where it was heard last, says so, and goes on from there with another: %s", async (_, pull) => {
    const deck = deckOf();
    void deck.play();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(deck.state.value).toBe("playing");
    const at = deck.position();
    pull(Card.all[0]!);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(deck.state.value).toBe("cardless");
    expect(Card.all.map(c => c.state)).toEqual(["closed"]);
    expect(deck.position()).toBe(at);
    void deck.play();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(deck.state.value).toBe("playing");
    expect(deck.position()).toBeGreaterThan(at);
    expect(deck.position()).toBeLessThanOrEqual(at + 48_000);
    deck.close();
    expect(Card.all.map(c => c.state)).toEqual(["closed", "closed"]);
  });

test("a card that goes while nothing plays is not spoken of, and the next press has another", async () => {
  const deck = deckOf();
  void deck.play();
  await vi.advanceTimersByTimeAsync(5_000);
  deck.pause();
  Card.all[0]!.dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(deck.state.value).toBe("stopped");
  void deck.play();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(deck.state.value).toBe("playing");
  expect(Card.all.length).toBe(2);
  deck.close();
});

test("a card that sleeps is waited for, and one that takes nothing is said", async () => {
  Card.takes = false;
  const deck = deckOf();
  void deck.play();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(deck.state.value).toBe("loading");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(deck.state.value).toBe("cardless");
});

test("a browser that refuses the rate of a recording is quoted", async () => {
  vi.stubGlobal("AudioContext", class { constructor() { throw new Error("768000 Hz is not supported"); } });
  const deck = deckOf();
  await deck.play();
  expect(deck.state.value).toBe("broken");
  expect(deck.problem.value).toContain("768000");
});

/** A hub that sends what is heard, and a browser that tells what is plugged in. */
function hearing(): EventTarget {
  const live = block(2, new TextEncoder().encode('{"state":"live","why":null}'));
  const samples = (): Uint8Array => block(1, new Uint8Array(2 * 4_800), v => {
    v.setUint8(5, 1);
    v.setUint32(8, 48_000, true);
    v.setUint32(12, 4_800, true);
    v.setBigInt64(16, BigInt(Math.round(performance.now() * 1000)), true);
    v.setBigInt64(24, BigInt(Math.round(performance.now() * 1000)), true);
  });
  vi.stubGlobal("fetch", async (_: string, { signal }: RequestInit) => {
    let timer: ReturnType<typeof setInterval>;
    return { ok: true, body: new ReadableStream<Uint8Array>({
      start(to) {
        to.enqueue(live);
        timer = setInterval(() => to.enqueue(samples()), 100);
        signal!.addEventListener("abort", () => { clearInterval(timer); to.error(new DOMException("", "AbortError")); });
      },
    }) };
  });
  const devices = new EventTarget();
  vi.stubGlobal("navigator", { mediaDevices: devices });
  return devices;
}

const takenBy = async (card: Card): Promise<number> => {
  const before = card.given;
  await vi.advanceTimersByTimeAsync(1_000);
  return card.given - before;
};

test("a microphone that is heard live goes to the next card by itself, says that the old one went, and is left alone by what is plugged in while it sounds", async () => {
  const devices = hearing();
  listen("kitchen", "Kitchen");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(heard.value).toMatchObject({ state: "live", why: null });
  expect(await takenBy(Card.all[0]!)).toBeGreaterThan(5);
  devices.dispatchEvent(new Event("devicechange")); // a camera
  await vi.advanceTimersByTimeAsync(5_000);
  expect(Card.all.length).toBe(1);

  Card.all[0]!.stop();
  Card.all[0]!.dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(Card.all.map(c => c.state)).toEqual(["closed", "running"]);
  expect(await takenBy(Card.all[1]!)).toBeGreaterThan(5);
  expect(heard.value).toMatchObject({ state: "live", why: "card" }); // where it sounds now nobody can tell

  devices.dispatchEvent(new Event("devicechange"));
  devices.dispatchEvent(new Event("devicechange"));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(Card.all.map(c => c.state)).toEqual(["closed", "closed", "running"]);
  expect(await takenBy(Card.all[2]!)).toBeGreaterThan(5);
  devices.dispatchEvent(new Event("devicechange"));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(Card.all.length).toBe(3);
  stop();
  expect(Card.all.map(c => c.state)).toEqual(["closed", "closed", "closed"]);
});

test("cards that fail one after the other are tried ever later, and it is said meanwhile", async () => {
  hearing();
  listen("kitchen", "Kitchen");
  await vi.advanceTimersByTimeAsync(1_000);
  const before = Card.all.length;
  for (let n = 0; n < 300; n++) { // a minute of a driver that fails as soon as it begins
    Card.all.at(-1)!.stop();
    Card.all.at(-1)!.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(heard.value!.state).toBe("cardless");
  expect(Card.all.length - before).toBeLessThan(20);
  expect(Card.all.filter(c => c.state !== "closed").length).toBeLessThanOrEqual(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard.value).toMatchObject({ state: "live", why: "card" });
  stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(Card.all.filter(c => c.state !== "closed").length).toBe(0);
});

test("a tab out of sight that is woken once a minute has lost no card", async () => {
  const card = new Card();
  void card.resume();
  await vi.advanceTimersByTimeAsync(1_000);
  card.stop(); // the line stalls, and the clock is told to stand
  let isToRun = false;
  const lost = vi.fn();
  const end = watchCard(card as unknown as AudioContext, () => isToRun, lost);
  await vi.advanceTimersByTimeAsync(400);
  vi.setSystemTime(Date.now() + 60_000); // nobody woke it
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
  isToRun = true; // told to go on, and not yet gone
  await vi.advanceTimersByTimeAsync(600);
  expect(lost).not.toHaveBeenCalled();
  end();
  vi.restoreAllMocks();
});

test("a clock that is told to stand is not a lost card", async () => {
  const card = new Card();
  let isToRun = false;
  const lost = vi.fn();
  const end = watchCard(card as unknown as AudioContext, () => isToRun, lost);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).not.toHaveBeenCalled();
  card.state = "interrupted"; // a call
  isToRun = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).not.toHaveBeenCalled();
  card.state = "running";
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).toHaveBeenCalledTimes(1);
  end();
});
