// Which recorders the next command is for.
import type { Action } from "../../api/access";
import { mayNot } from "../../live/me";
import { computed, signal } from "@preact/signals";
import type { Recorder } from "../../api/fleet";
import type { ModuleView } from "../../api/types";
import { link } from "../../live/connection";
import { broker } from "../../live/store";
import { words } from "../../i18n";
import { rank } from "./arrange";
import { recorders, shown } from "./roster";

export const chosen = signal<ReadonlySet<string>>(new Set());
let anchor: string | null = null;

/** With Shift: everything from the last one to this. */
export function choose(id: string, on: boolean, isRange = false): void {
  const next = new Set(chosen.peek());
  const order = shown.peek();
  const [from, to] = [anchor === null ? -1 : order.indexOf(anchor), order.indexOf(id)];
  const range = isRange && from >= 0 && to >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  for (const one of range) {
    if (on) next.add(one);
    else next.delete(one);
  }
  anchor = id;
  chosen.value = next;
}

export const groups = ["shown", "idle", "recording", "trouble"] as const;
export type Group = (typeof groups)[number];

const isIn: Record<Group, (r: Recorder) => boolean> = {
  shown: () => true,
  idle: r => isIdle(r.module),
  recording: r => isBusy(r.module),
  trouble: r => rank(r) < 4,
};

/** Of those that the filter shows. */
export const membersOf = (group: Group): string[] => {
  const seen = new Set(shown.value);
  return recorders.value.filter(r => seen.has(r.id) && isIn[group](r)).map(r => r.id);
};

export function chooseGroup(group: Group): void {
  chosen.value = new Set(membersOf(group));
  anchor = null;
}

export const isBrokerGone = computed(() => Boolean(broker.value?.address && !broker.value.connected));

/** It came by the broker, and the broker is gone. Modules by WebSocket do not need it. */
export const isCutOff = (m: ModuleView): boolean => isBrokerGone.value && m.link === "mqtt";

export const isThere = (m: ModuleView): boolean => (m.presence === "online" || m.presence === "late") && !isCutOff(m);

/** Why this one cannot be reached now; null: it can. */
export function whyAway(m: ModuleView): string | null {
  const w = words.value;
  return link.value !== "live" ? w.shell.hubGone : isCutOff(m) ? w.shell.brokerGone : isThere(m) ? null : w.fleet.notThere;
}
export const isIdle = (m: ModuleView | null): boolean => m !== null && isThere(m) && m.state === "idle" && m.armed_for_us === null;
/** It records, or waits for a start. */
export const isBusy = (m: ModuleView | null): boolean => m !== null && isThere(m) && (m.state === "recording" || m.armed_for_us !== null);

/** What a command would reach: those chosen, else all. Those that only upload are counted, not commanded. */
export const targets = computed(() => {
  const picked = chosen.value;
  const of = recorders.value.filter(r => picked.size === 0 || picked.has(r.id));
  const all = of.flatMap(r => (r.module ? [r.module] : []));
  return { all, uploadOnly: picked.size === 0 ? 0 : of.length - all.length, isChosen: picked.size > 0 };
});

/** The field `modules` of a command: absent for all. */
export const address = (): { modules?: string[] } => (targets.peek().isChosen ? { modules: targets.peek().all.map(m => m.id) } : {});

/** Why nobody can be commanded now, or not from here. */
export function whyNobody(action: Action = "operate"): string | null {
  const w = words.value.shell;
  if (link.value !== "live") return w.hubGone;
  if (targets.value.all.length === 0) return words.value.fleet.onlyUpload;
  return targets.value.all.every(isCutOff) ? w.brokerGone : mayNot(action);
}
