// Plays the tracks of a session together: every track is cut at the same frames, every cut is played at the same frame of one audio clock.
import { computed, signal } from "@preact/signals";
import { watchCard } from "../../sound-card";

export interface DeckTrack {
  module: string;
  /** More than two are heard as their mean. */
  channels: number;
}

export interface Mix {
  muted: boolean;
  solo: boolean;
  volume: number;
}

/** stopped; loading: no sound because blocks are still to come; playing; cardless: the sound card went, and it stands where that was; broken: a block could not be had. */
export type DeckState = "stopped" | "loading" | "playing" | "cardless" | "broken";

export type Fetch = (track: DeckTrack, fromFrame: number, frames: number, signal: AbortSignal) => Promise<ArrayBuffer>;

const BLOCK_S = 4;
/** Asked for ahead of what is heard: a tab out of sight is woken once a second at most. */
const AHEAD = 3;
/** From pressing play to the first frame: as much as scheduling needs. */
const LEAD_S = 0.06;
const PUMP_MS = 100;
/** The clock is stopped this long before a block that has not come: a tab out of sight looks once a second only. */
const STALL_S = 1.2;

const usual: Mix = { muted: false, solo: false, volume: 1 };

/** Who is heard, and how loudly: once one track is solo, only those are. */
export function gainOf(mix: Mix, anySolo: boolean): number {
  return mix.muted || (anySolo && !mix.solo) ? 0 : mix.volume;
}

/** The piece of a block that is still to be played from a frame on. */
export const pieceOf = (block: number, blockFrames: number, from: number, frames: number): { offset: number; length: number; frame: number } => {
  const first = Math.max(block * blockFrames, from);
  return { offset: first - block * blockFrames, length: Math.min((block + 1) * blockFrames, frames) - first, frame: first };
};

export class Deck {
  readonly blockFrames: number;
  readonly state = signal<DeckState>("stopped");
  readonly problem = signal<string | null>(null);
  readonly mixes = signal<ReadonlyMap<string, Mix>>(new Map());
  readonly anySolo = computed(() => [...this.mixes.value.values()].some(m => m.solo));
  /** Of each track; what is heard of it goes through here. */
  readonly gains = new Map<string, GainNode>();
  context: AudioContext | null = null;

  private at = 0;
  private turn = 0;
  /** Frame of the audio clock at which frame 0 of the session would be. */
  private origin = 0;
  private next = 0;
  private stopped = new AbortController();
  private timer: ReturnType<typeof setInterval> | undefined;
  private unwatch: (() => void) | null = null;
  /** The clock stands because it was told to. */
  private waits = false;
  private readonly blocks = new Map<number, Promise<AudioBuffer[]>>();
  private ready = new Map<number, AudioBuffer[]>();
  private playing: AudioBufferSourceNode[] = [];

  constructor(readonly tracks: readonly DeckTrack[], readonly rate: number, readonly frames: number, private readonly fetch: Fetch) {
    this.blockFrames = BLOCK_S * rate;
    this.mixes.value = new Map(tracks.map(t => [t.module, usual]));
  }

  /** The frame that is heard now. */
  position(): number {
    if (this.state.peek() !== "playing" || !this.context) return this.at;
    const latency = Number.isFinite(this.context.outputLatency) ? this.context.outputLatency : 0;
    const now = Math.round((this.context.currentTime - latency) * this.rate) - this.origin;
    return Math.max(this.at, Math.min(this.frames, now));
  }

  /** Pressed, and not yet at its end. */
  private get goes(): boolean {
    return this.state.peek() === "playing" || this.state.peek() === "loading";
  }

  async play(): Promise<void> {
    if (this.goes || this.frames === 0) return;
    if (this.at >= this.frames) this.at = 0;
    const mine = ++this.turn;
    [this.state.value, this.problem.value] = ["loading", null];
    let context: AudioContext;
    try {
      context = this.open();
      await context.resume();
      this.next = Math.floor(this.at / this.blockFrames);
      await this.block(this.next);
    } catch (e) {
      if (mine === this.turn) this.fail(e);
      return;
    }
    if (mine !== this.turn) return;
    this.origin = Math.ceil((context.currentTime + LEAD_S) * this.rate) - this.at;
    this.state.value = "playing";
    this.pump();
    this.timer = setInterval(() => this.pump(), PUMP_MS);
  }

  pause(): void {
    const at = this.position();
    this.halt();
    this.at = at;
    this.state.value = "stopped";
    void this.context?.suspend().catch(() => {});
  }

  seek(frame: number): void {
    const goes = this.goes;
    this.halt();
    this.at = Math.max(0, Math.min(this.frames - 1, Math.round(frame)));
    this.state.value = "stopped";
    if (goes) void this.play();
  }

  mix(module: string, change: Partial<Mix>): void {
    const before = this.mixes.peek().get(module);
    if (!before) return;
    this.mixes.value = new Map(this.mixes.peek()).set(module, { ...before, ...change });
    for (const [name, mix] of this.mixes.peek()) {
      const gain = this.gains.get(name);
      if (gain) gain.gain.value = gainOf(mix, this.anySolo.peek());
    }
  }

  close(): void {
    this.halt();
    this.state.value = "stopped";
    this.letGo();
  }

  private letGo(): void {
    this.unwatch?.();
    void this.context?.close().catch(() => {}); // a lost one may be closed already
    this.context = null;
    this.gains.clear();
  }

  /** A browser goes on by itself with another card; this is of the last one. Who presses play goes on with the next, from the frame that was heard last. */
  private loseCard(): void {
    const [at, goes] = [this.position(), this.goes];
    this.halt();
    this.letGo();
    this.at = at;
    if (goes) this.state.value = "cardless";
  }

  /** One clock for all, at the rate of the session: nothing is resampled here. */
  private open(): AudioContext {
    if (this.context) return this.context;
    this.context = new AudioContext({ sampleRate: this.rate, latencyHint: "playback" });
    this.unwatch = watchCard(this.context, () => this.goes && !this.waits, () => this.loseCard());
    for (const track of this.tracks) {
      const gain = this.context.createGain();
      gain.gain.value = gainOf(this.mixes.peek().get(track.module) ?? usual, this.anySolo.peek());
      gain.connect(this.context.destination);
      this.gains.set(track.module, gain);
    }
    return this.context;
  }

  private halt(): void {
    this.turn++;
    this.waits = false;
    clearInterval(this.timer);
    this.stopped.abort();
    this.stopped = new AbortController();
    for (const source of this.playing) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.playing = [];
    this.blocks.clear();
    // What was near stays: a step back or forth is heard at once.
    const near = Math.floor(this.position() / this.blockFrames);
    for (const block of [...this.ready.keys()]) if (Math.abs(block - near) > AHEAD) this.ready.delete(block);
  }

  private fail(e: unknown): void {
    if (e instanceof DOMException && e.name === "AbortError") return;
    const at = this.position();
    this.halt();
    this.at = at;
    this.problem.value = e instanceof Error ? e.message : String(e);
    this.state.value = "broken";
  }

  /** Keeps blocks coming and gives the clock what has come. Without the next one the clock stands still, for all tracks alike. */
  private pump(): void {
    const context = this.context;
    if (!context || !this.goes) return;
    const last = Math.ceil(this.frames / this.blockFrames) - 1;
    const heard = Math.round(context.currentTime * this.rate) - this.origin;
    for (let block = this.next; block <= Math.min(last, Math.floor(heard / this.blockFrames) + AHEAD); block++) {
      const turn = this.turn;
      this.block(block).catch((e: unknown) => { if (turn === this.turn) this.fail(e); });
    }
    while (this.next <= last && this.ready.has(this.next)) this.schedule(context, this.next++);
    if (this.next <= last && heard >= this.next * this.blockFrames - STALL_S * this.rate) {
      if (this.state.peek() === "playing") {
        [this.at, this.state.value, this.waits] = [Math.max(0, heard), "loading", true];
        void context.suspend().catch(() => {});
      }
    } else if (this.state.peek() === "loading") {
      [this.state.value, this.waits] = ["playing", false];
      void context.resume().catch(() => {});
    }
    if (heard >= this.frames) {
      this.halt();
      [this.at, this.state.value] = [this.frames, "stopped"];
    }
    for (const block of [...this.ready.keys()]) if (block < Math.floor(heard / this.blockFrames) - 1) this.ready.delete(block);
  }

  /** All tracks of a block, or none. */
  private block(number: number): Promise<AudioBuffer[]> {
    const had = this.ready.get(number);
    if (had) return Promise.resolve(had);
    const asked = this.blocks.get(number);
    if (asked) return asked;
    const frames = Math.min(this.blockFrames, this.frames - number * this.blockFrames);
    const context = this.open();
    const coming = Promise.all(this.tracks.map(async track => {
      const buffer = await context.decodeAudioData(await this.fetch(track, number * this.blockFrames, frames, this.stopped.signal));
      if (buffer.length !== frames) throw new Error(`${track.module}: ${buffer.length} of ${frames} frames`);
      return buffer;
    }));
    this.blocks.set(number, coming);
    coming.then(buffers => { this.ready.set(number, buffers); this.blocks.delete(number); }, () => this.blocks.delete(number));
    return coming;
  }

  private schedule(context: AudioContext, number: number): void {
    const { offset, length, frame } = pieceOf(number, this.blockFrames, this.at, this.frames);
    if (length <= 0) return;
    this.ready.get(number)!.forEach((buffer, i) => {
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.gains.get(this.tracks[i]!.module)!);
      source.onended = () => { this.playing = this.playing.filter(s => s !== source); };
      source.start((this.origin + frame) / this.rate, offset / this.rate);
      this.playing.push(source);
    });
  }
}
