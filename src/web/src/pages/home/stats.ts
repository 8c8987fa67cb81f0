import { signal } from "@preact/signals";
import { api, getJson } from "../../api/http";
import type { StatsView } from "../../api/types";
import { link } from "../../live/connection";

const POLL_MS = 30_000;

/** What the archive holds; null until it was told. */
export const stats = signal<StatsView | null>(null);

let running = false;

/** Asked for now and then: sums over the whole archive are no matter of seconds. */
export function watchStats(): void {
  if (running) return;
  running = true;
  const ask = (): void => {
    if (document.hidden || link.peek() !== "live") return;
    getJson<StatsView>(api("stats")).then(told => { stats.value = told; }, () => {}); // the link's own banner says it
  };
  link.subscribe(now => { if (now === "live") ask(); });
  setInterval(ask, POLL_MS);
}
