import { mayLook } from "../../live/me";
import { batch, computed, effect, signal } from "@preact/signals";
import { api, getJson } from "../../api/http";
import type { HealthView, RecordersView, StatsView } from "../../api/types";
import { link } from "../../live/connection";
import { modules, onLog, troubles } from "../../live/store";
import { nowUs } from "../../time";
import { trendOf, type Sample } from "./backlog";

const POLL_MS = 30_000;
const SAMPLE_MS = 10_000;

/** What the archive holds; null until it was told. */
export const stats = signal<StatsView | null>(null);

/** When it was told, by the hub's clock. */
export const statsAt = signal<number | null>(null);

/** How the hub itself is; null until it was told. */
export const health = signal<HealthView | null>(null);

/** Names of recorders by their ids in the archive; asked for when somebody unnamed has a trouble. */
export const recorderNames = signal<ReadonlyMap<string, string>>(new Map());

/** Bytes a second by which what waits on a module grows, or shrinks. */
export const trends = signal<ReadonlyMap<string, number>>(new Map());

const samples = new Map<string, Sample[]>();
let running = false;

/** Asked for now and then, and when the hub itself has had an error: sums over the whole archive are no matter of seconds. */
export function watchHub(): void {
  if (running) return;
  running = true;
  const ask = (): void => {
    if (document.hidden || link.peek() !== "live" || !mayLook.peek()) return;
    getJson<StatsView>(api("stats")).then(told => batch(() => { stats.value = told; statsAt.value = nowUs(); }), () => {}); // the link's own banner says it
    getJson<HealthView>(api("health")).then(told => { health.value = told; }, () => {});
    askNames();
  };
  link.subscribe(now => { if (now === "live") ask(); });
  let soon: ReturnType<typeof setTimeout> | undefined;
  onLog(event => {
    if (event.level === "error" && (event.area === "hub" || event.area === "archive")) soon ??= setTimeout(() => { soon = undefined; ask(); }, 1_000);
  });
  setInterval(ask, POLL_MS);
  effect(() => { if (unnamed.value !== "") askNames(); });
  setInterval(sample, SAMPLE_MS);
}

/** Ids, so that one more of them is asked for as well. */
const unnamed = computed(() => [...troubles.all.values()].map(t => t.value).filter(t => t.area === "archive" && t.subject !== null && !recorderNames.value.has(t.subject)).map(t => t.subject).join(" "));

function askNames(): void {
  if (unnamed.peek() === "" || !mayLook.peek()) return;
  getJson<RecordersView>(api("recorders")).then(told => { recorderNames.value = new Map(told.recorders.map(r => [r.id, r.name ?? r.id])); }, () => {});
}

function sample(): void {
  const now = performance.now();
  const found = new Map<string, number>();
  for (const [id, module] of modules.all) {
    const m = module.peek();
    if (!m.queue_bytes || m.presence !== "online") { samples.delete(id); continue; }
    const kept = [...(samples.get(id) ?? []), { at: now, bytes: m.queue_bytes }].slice(-31); // five minutes
    samples.set(id, kept);
    const trend = trendOf(kept);
    if (trend !== null) found.set(id, trend);
  }
  if (found.size > 0 || trends.peek().size > 0) trends.value = found;
}
