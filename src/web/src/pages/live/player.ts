// One microphone heard as it is now: the stream, the sound card, and what is true of both.
import { signal } from "@preact/signals";
import { api, HubError, problemText } from "../../api/http";
import { pause, playing } from "../listen/playing";
import { nextCardIn, watchCard } from "../../sound-card";
import { BlockReader, type Block, type SampleBlock } from "./blocks";
import { Jitter } from "./jitter";

/** connecting, waiting (asked for, nothing yet), live, quiet (there, but nothing is recorded), gone (the recorder), lost (the hub), refused (with why), silent (the browser lets nothing sound), cardless (no sound card takes it). */
export type LiveState = "connecting" | "waiting" | "live" | "quiet" | "gone" | "lost" | "refused" | "silent" | "cardless";

export interface Heard {
  id: string;
  name: string;
  state: LiveState;
  why: string | null;
  /** How old what is heard now is; null while nothing is. */
  ageMs: number | null;
  rmsDb: number | null;
  peakDb: number | null;
}

export const heard = signal<Heard | null>(null);
export const volume = signal(1);
export const muted = signal(false);

/** The hub says something every second: after this long without a byte it is not there. */
const SILENT_MS = 2_500;
const AGAIN_MS = [300, 700, 1_500, 2_000];
const LOOK_MS = 100;
/** A card that takes so much is one. */
const SOUNDS_S = 0.3;
/** From a plug to a card that can be used. */
const PLUGGED_MS = 1_500;
const states: readonly string[] = ["waiting", "live", "quiet", "gone", "refused"];

let player: Player | null = null;

/** From a press: a browser lets nothing sound before one. */
export function listen(id: string, name: string): void {
  stop();
  pause();
  playing.value = null;
  player = new Player(id, name);
  void player.run();
}

export function stop(): void {
  player?.end();
  player = null;
  heard.value = null;
}

playing.subscribe(now => { if (now !== null && player) stop(); });
volume.subscribe(() => player?.loudness());
muted.subscribe(() => player?.loudness());

const loudness = (): number => (muted.peek() ? 0 : volume.peek());

class Player {
  private readonly window = new Float32Array(2048);
  /** Cards that were lost one after the other, with nothing heard between. */
  private losses = 0;
  private out = this.open();
  private next: ReturnType<typeof setTimeout> | undefined;
  /** With no card a browser's clock goes on and nothing sounds, which nothing tells: what is plugged in first after a loss is tried, and the bar says what to do. */
  private mayBeMute = false;
  private readonly plugged = (): void => { if (this.isToTry) this.renewIn(PLUGGED_MS); };
  private isToTry = false;
  private readonly jitter = new Jitter();
  private readonly timer: ReturnType<typeof setInterval>;
  private sources: { node: AudioBufferSourceNode; at: number; until: number; rate: number; startUs: number }[] = [];
  private attempt: AbortController | null = null;
  private ended = false;
  private lastByte = performance.now();
  private aheadUs: number | null = null; // hub's clock less ours, of the least delayed block
  private state: LiveState = "connecting";
  private why: string | null = null;

  constructor(readonly id: string, readonly name: string) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    navigator.mediaDevices?.addEventListener("devicechange", this.plugged); // only there over https and on the machine itself
    this.look();
  }

  private open(): { context: AudioContext; gain: GainNode; analyser: AnalyserNode; unwatch: () => void } {
    const context = new AudioContext({ latencyHint: "interactive" });
    const [gain, analyser] = [context.createGain(), context.createAnalyser()];
    analyser.fftSize = this.window.length;
    analyser.connect(gain);
    gain.connect(context.destination);
    gain.gain.value = loudness();
    let hasRun = false; // one that never ran was not lost: the browser lets nothing sound
    const unwatch = watchCard(context, () => (hasRun ||= context.state === "running"), () => this.loseCard());
    return { context, gain, analyser, unwatch };
  }

  /** The card was pulled out, or its driver has failed: what comes is heard by another. */
  private loseCard(): void {
    this.flush();
    this.letGo();
    [this.mayBeMute, this.isToTry] = [true, true];
    this.renewIn(nextCardIn(this.losses++));
  }

  /** Until then nothing sounds. */
  private renewIn(ms: number): void {
    clearTimeout(this.next);
    this.next = setTimeout(() => {
      this.letGo();
      this.flush();
      this.jitter.rest();
      this.next = undefined;
      if (ms === PLUGGED_MS) this.isToTry = false;
      this.out = this.open();
      void this.out.context.resume().catch(() => {});
    }, ms);
    this.look();
  }

  private letGo(): void {
    this.out.unwatch();
    void this.out.context.close().catch(() => {}); // a lost one may be closed already
  }

  loudness(): void {
    this.out.gain.gain.value = loudness();
  }

  async run(): Promise<void> {
    void this.out.context.resume().catch(() => {});
    for (let failures = 0; !this.ended; failures++) {
      const begun = performance.now();
      const mine = this.attempt = new AbortController();
      this.lastByte = begun;
      try {
        const answer = await fetch(api("recorders", this.id, "live"), { signal: mine.signal, cache: "no-store" });
        if (!answer.ok || !answer.body) throw new HubError(problemText(answer.status, await answer.json().catch(() => null)), answer.status);
        await this.read(answer.body.getReader());
        this.is("lost", null);
      } catch (e) {
        if (this.ended) return;
        this.is(e instanceof HubError && e.status < 500 ? "refused" : "lost", e instanceof HubError ? e.message : null);
      }
      if (performance.now() - begun > 5_000) failures = 0;
      await new Promise(done => setTimeout(done, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]));
    }
  }

  end(): void {
    this.ended = true;
    clearInterval(this.timer);
    this.attempt?.abort();
    navigator.mediaDevices?.removeEventListener("devicechange", this.plugged);
    clearTimeout(this.next);
    this.letGo();
  }

  private async read(stream: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const reader = new BlockReader();
    for (;;) {
      const { done, value } = await stream.read();
      if (done || this.ended) return;
      this.lastByte = performance.now();
      for (const block of reader.push(value)) this.take(block);
    }
  }

  private take(block: Block): void {
    const ahead = block.sentUs - performance.now() * 1000;
    this.aheadUs = this.aheadUs === null ? ahead : Math.max(this.aheadUs - 5, ahead); // lets go slowly, should a clock be set
    if (block.kind === "samples") this.play(block);
    else if (states.includes(block.state)) {
      this.is(block.state as LiveState, block.why);
      if (block.state !== "live") this.jitter.rest();
    }
  }

  private play(block: SampleBlock): void {
    const { context, analyser } = this.out;
    const now = context.currentTime;
    if (context.state !== "running" || this.next !== undefined) return; // nothing piles up behind a sound card that does not take it
    const { at, rate, flush } = this.jitter.place(now, block.frames / block.rateHz, block.broken);
    if (flush) this.flush();
    const buffer = context.createBuffer(block.channels, block.frames, block.rateHz);
    for (let channel = 0; channel < block.channels; channel++) {
      const to = buffer.getChannelData(channel);
      for (let i = 0; i < block.frames; i++) to[i] = block.samples[i * block.channels + channel]! / 32768;
    }
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.playbackRate.value = rate;
    node.connect(analyser);
    node.start(at);
    this.sources = this.sources.filter(s => s.until > now - 1);
    this.sources.push({ node, at, until: at + block.frames / block.rateHz / rate, rate, startUs: block.startUs });
  }

  private flush(): void {
    for (const { node } of this.sources) node.stop();
    this.sources = [];
  }

  private is(state: LiveState, why: string | null): void {
    [this.state, this.why] = [state, why];
    if (state !== "live") this.look();
  }

  /** What is true now. */
  private look(): void {
    if (this.ended) return;
    if (performance.now() - this.lastByte > SILENT_MS) {
      this.attempt?.abort();
      this.lastByte = performance.now();
      this.is("lost", null);
      return;
    }
    const { context, analyser } = this.out;
    const sounding = context.currentTime - (context.outputLatency || 0);
    const now = this.sources.find(s => s.at <= sounding && sounding < s.until);
    const ageMs = now && this.aheadUs !== null ? (performance.now() * 1000 + this.aheadUs - now.startUs - (sounding - now.at) * now.rate * 1e6) / 1000 : null;
    let peak = 0;
    let sum = 0;
    if (now) {
      analyser.getFloatTimeDomainData(this.window);
      for (const x of this.window) {
        peak = Math.max(peak, Math.abs(x));
        sum += x * x;
      }
    }
    const db = (x: number): number => Math.max(-120, 20 * Math.log10(Math.max(x, 1e-6)));
    const isBetween = this.next !== undefined;
    if (!isBetween && context.state === "running" && context.currentTime > SOUNDS_S) this.losses = 0;
    const noCard = this.state === "live" && (isBetween || context.state !== "running");
    heard.value = {
      id: this.id, name: this.name, state: !noCard ? this.state : isBetween ? "cardless" : "silent", why: this.state === "live" && this.mayBeMute && !noCard ? "card" : this.why, ageMs,
      rmsDb: now ? db(Math.sqrt(sum / this.window.length)) : null, peakDb: now ? db(peak) : null,
    };
  }
}
