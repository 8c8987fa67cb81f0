// The one connection over which the page hears of everything.
import { signal } from "@preact/signals";
import { HubError, marked, refusal } from "../api/http";
import { EventReader, type Told } from "./sse";

/** connecting: nothing was heard yet; live; gone: silent for longer than a beat may take; refused: the hub wants a credential. */
export type Link = "connecting" | "live" | "gone" | "refused";

/** The hub beats every second: after this long without a byte what is shown is old. */
export const SILENT_MS = 2_500;
const BACK_OFF_MS = [200, 500, 1_000, 2_000];
const LOOK_MS = 250;

/** Who has to log in first is let in then; trying again only helps where somebody did so in another tab. */
const SHUT_MS = 5_000;

export const link = signal<Link>("connecting");

/** When the last byte came, on this machine's monotonic clock; null before the first. */
export const heardAt = signal<number | null>(null);

/** Why there is no connection, where the hub itself said so. */
export const linkProblem = signal<string | null>(null);

/** While a logout is under way nothing is asked for anew: the line that it ends would come back as a refusal. */
let isLeaving = false;
export const leaving = (is: boolean): void => { isLeaving = is; };

export type Hear = (told: Told[]) => void;

export class Connection {
  private lastId: string | null = null;
  private failures = 0;
  private isShut = false;
  private isStarted = false;
  private isEnded = false;
  private attempt: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attemptSince = 0;
  private last: number | null = null;

  constructor(private readonly path: string, private readonly hear: Hear) {}

  start(): void {
    void this.connect();
    setInterval(() => this.look(), LOOK_MS);
    let hiddenSince: number | null = null;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) hiddenSince = performance.now();
      // A browser may have frozen what was out of sight: everything is asked for anew.
      else if (hiddenSince !== null && performance.now() - hiddenSince > SILENT_MS) this.resync();
    });
    window.addEventListener("focus", () => { if (link.peek() !== "live") this.resync(); });
    window.addEventListener("online", () => this.resync());
  }

  /** Starts, or starts again once somebody has logged in. */
  begin(): void {
    this.isEnded = false;
    if (this.isStarted) return this.resync();
    this.isStarted = true;
    this.start();
  }

  /** Nothing more is asked until {@link begin}: somebody has to log in. */
  end(): void {
    clearTimeout(this.timer);
    this.attempt?.abort();
    this.attempt = null;
    this.isEnded = true;
    link.value = "refused";
  }

  /** Everything anew, now. */
  resync(): void {
    if (this.isEnded) return;
    this.lastId = null;
    this.isShut = false;
    this.failures = 0;
    this.again(0);
  }

  private again(delayMs: number): void {
    clearTimeout(this.timer);
    this.attempt?.abort();
    this.attempt = null;
    this.timer = setTimeout(() => void this.connect(), delayMs);
  }

  private look(): void {
    const now = performance.now();
    if (this.last !== null && link.peek() === "live" && now - this.last > SILENT_MS) link.value = "gone";
    if (link.peek() === "connecting" && now - this.attemptSince > SILENT_MS && this.last === null && this.attempt) link.value = "gone";
    // Silent but not ended: half-open. Begin anew rather than wait for the network to notice.
    if (this.attempt && now - Math.max(this.last ?? 0, this.attemptSince) > SILENT_MS + 500) this.failed(null);
  }

  private failed(e: unknown): void {
    if (link.peek() !== "refused") link.value = "gone";
    linkProblem.value = e instanceof HubError ? e.message : null;
    this.again(this.isShut ? SHUT_MS : BACK_OFF_MS[Math.min(this.failures++, BACK_OFF_MS.length - 1)]! * (0.75 + Math.random() / 2));
  }

  private async connect(): Promise<void> {
    if (isLeaving) return this.again(BACK_OFF_MS[2]!);
    const mine = new AbortController();
    this.attempt = mine;
    this.attemptSince = performance.now();
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
      const answer = await fetch(this.path, { ...marked({ headers }), signal: mine.signal, cache: "no-store" });
      if (!answer.ok || !answer.body) {
        link.value = answer.status === 401 || answer.status === 403 ? "refused" : "gone";
        const no = answer.body ? await refusal(answer) : new HubError(`HTTP ${answer.status}`, answer.status);
        this.isShut = answer.status === 401;
        throw no;
      }
      await this.read(answer.body.getReader(), mine);
      if (!mine.signal.aborted) this.failed(null);
    } catch (e) {
      if (!mine.signal.aborted) this.failed(e);
    }
  }

  private async read(stream: ReadableStreamDefaultReader<Uint8Array>, mine: AbortController): Promise<void> {
    const reader = new EventReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await stream.read();
      if (done || mine.signal.aborted) return;
      const told = reader.push(decoder.decode(value, { stream: true }));
      this.last = performance.now();
      heardAt.value = this.last;
      this.hear(told);
      for (const { id } of told) if (id !== null) this.lastId = id;
      if (told.length > 0 && link.peek() !== "live") {
        link.value = "live";
        linkProblem.value = null;
        this.failures = 0;
      }
    }
  }
}
