// How much sound is kept waiting so that an uneven network is not heard. Pure: seconds in, seconds out.

export const TARGET_S = 0.25;
const TARGET_MAX_S = 2;
const GROW = 1.6;
const SHRINK_S = 0.05;
const CALM_S = 15;
/** More waiting than this is a tab that slept, or a burst: it is thrown away. */
const TOO_MUCH_S = 3;
const SLACK_S = 0.1;

export interface Placed {
  /** When it begins, on the clock of the sound card. */
  at: number;
  /** How fast it is played, so that the buffer comes back to its target without a click. */
  rate: number;
  /** What was waiting is to be thrown away first. */
  flush: boolean;
}

export class Jitter {
  target = TARGET_S;
  /** Times that there was nothing to play although something should have come. */
  underruns = 0;
  private next: number | null = null;
  private calmSince = 0;

  /** Places a block that came just now. */
  place(now: number, lengthS: number, broken: boolean): Placed {
    const waiting = this.next === null ? null : this.next - now;
    let flush = false;
    let rate = 1;
    if (waiting === null || waiting < 0.01) {
      if (waiting !== null && !broken) this.underrun(now);
      this.next = now + this.target;
    } else if (waiting > TOO_MUCH_S) {
      flush = true;
      this.next = now + this.target;
    } else {
      if (now - this.calmSince > CALM_S && this.target > TARGET_S) {
        this.target = Math.max(TARGET_S, this.target - SHRINK_S);
        this.calmSince = now;
      }
      rate = waiting > this.target + SLACK_S ? 1.03 : waiting < this.target - SLACK_S ? 0.98 : 1;
    }
    const at = this.next!;
    this.next = at + lengthS / rate;
    return { at, rate, flush };
  }

  /** Nothing is expected for now: the next block begins anew, and nobody is to blame. */
  rest(): void {
    this.next = null;
  }

  private underrun(now: number): void {
    this.underruns++;
    this.target = Math.min(TARGET_MAX_S, this.target * GROW);
    this.calmSince = now;
  }
}
