import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deck } from "./pages/recordings/deck";
import { watchCard } from "./sound-card";

/** A sound card that takes what it is given, or not: its clock goes with the clock of the test. */
class Card extends EventTarget {
  static all: Card[] = [];
  static takes = true;
  state = "suspended";
  destination = {};
  outputLatency = 0;
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
  createBufferSource(): object { return { connect() {}, disconnect() {}, start() {}, stop() {} }; }
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

test("a card that takes nothing from the first is said within seconds", async () => {
  Card.takes = false;
  const deck = deckOf();
  void deck.play();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(deck.state.value).toBe("cardless");
});

test("a clock that is told to stand is not a lost card", async () => {
  const card = new Card();
  let isToRun = false;
  const lost = vi.fn();
  const end = watchCard(card as unknown as AudioContext, () => isToRun, lost);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).not.toHaveBeenCalled();
  isToRun = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).toHaveBeenCalledTimes(1);
  end();
});
