// What a person has asked for on this page, and what became of it. Nothing is shown as done before the hub says so.
import { signal } from "@preact/signals";
import { api, getJson, HubError, PATIENCE_MS, postJson, withdraw } from "../api/http";
import type { Accepted, CommandView, FleetAnswer, RoomCommandEvent } from "../api/types";
import { link } from "./connection";
import { askWho, isStale } from "./me";
import { onFleetCommand, onRoomCommand, onSnapshot } from "./store";

/** sending: on its way to the hub; pending: the hub has it; ended: there is a verdict. */
export interface Asked {
  id: string;
  /** What was pressed: a module, an output, a button. */
  target: string;
  /** In the words of the button. */
  what: string;
  state: "sending" | "pending" | "ended";
  at: number;
  verdict: string | null;
  reason: string | null;
  tookMs: number | null;
  answer: FleetAnswer | null;
}

const KEPT = 60;

/** Longer than any device may take: a command whose verdict was lost on the way to this page does not wait for ever. */
const VERDICT_MAX_MS = 30_000;

/** Newest first. */
export const asked = signal<readonly Asked[]>([]);

/** An id of this page's own: the hub takes the same id for the same command. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "p-" + [...bytes].map(b => b.toString(16).padStart(2, "0")).join("");
}

/** The last thing that was asked of a target, if any. */
export const lastOf = (target: string): Asked | undefined => asked.value.find(a => a.target === target);

/** Its end is not known, or it may still become known. */
const isOpen = (a: Asked): boolean => a.state !== "ended" || a.verdict === "unknown";

function change(id: string, to: Partial<Asked>): void {
  if (asked.peek().some(a => a.id === id && isOpen(a)))
    asked.value = asked.peek().map(a => (a.id === id && isOpen(a) ? { ...a, ...to } : a));
}

function begin(target: string, what: string): string {
  const id = newId();
  asked.value = [
    { id, target, what, state: "sending" as const, at: Date.now(), verdict: null, reason: null, tookMs: null, answer: null }, ...asked.peek(),
  ].slice(0, KEPT);
  return id;
}

/** What did not reach the hub for certain is unknown; what the hub refused is refused. */
function failed(id: string, e: unknown): void {
  if (e instanceof HubError) change(id, { state: "ended", verdict: "refused", reason: e.message });
  else change(id, { state: "ended", verdict: "unknown", reason: null });
}

/**
 * A browser sends a request again by itself when its connection breaks, seconds later perhaps: with the link gone it is given up, so that nothing
 * that was pressed then is done later. Not so STOP.
 */
async function send<T>(path: string, body: unknown, isStop = false): Promise<T> {
  const mine = new AbortController();
  const timer = setTimeout(() => mine.abort(), PATIENCE_MS);
  const wasLive = link.peek() === "live";
  const end = link.subscribe(now => { if (now === "gone" && wasLive && !isStop) mine.abort(); });
  try {
    return await postJson<T>(path, body, mine.signal);
  } finally {
    clearTimeout(timer);
    end();
  }
}

export type FleetOrder = { command: string; modules?: string[] } & Record<string, unknown>;

/** Commands modules; the verdicts come by event. */
export async function commandFleet(target: string, what: string, order: FleetOrder): Promise<void> {
  const id = begin(target, what);
  try {
    endFleet(await send<CommandView>(api("commands"), { ...order, from: "page", id }));
  } catch (e) {
    failed(id, e);
    if (!(e instanceof HubError)) void settle(id, api("commands", id), endFleet);
  }
}

const SETTLE_MS = 500;
const SETTLE_TRIES = 240;

/**
 * The answer was lost on its way: as soon as the hub can be asked, the command is taken back. Either it had come, and the hub says how it stands, or it
 * has not, and will be refused should the browser bring it yet. Nothing is sent again.
 */
async function settle<T>(id: string, path: string, end: (known: T) => void): Promise<void> {
  for (let n = 0; n < SETTLE_TRIES; n++) {
    await new Promise(then => setTimeout(then, SETTLE_MS));
    if (link.peek() !== "live") continue;
    try {
      const known = await withdraw<T>(path);
      return known === null ? change(id, { state: "ended", verdict: "not_sent", reason: null }) : end(known);
    } catch (e) {
      if (e instanceof HubError && e.type === "urn:chorale:role") return; // another login by now: it stays unknown
    }
  }
}

function endFleet(view: CommandView): void {
  if (view.state !== "ended") return change(view.id, { state: "pending" });
  const answer = view.answer;
  const bad = answer?.results.find(r => r.verdict !== "confirmed");
  change(view.id, {
    state: "ended",
    answer,
    verdict: answer?.problem ? "failed" : bad && answer?.of === 1 ? bad.verdict : bad ? "partly" : "confirmed",
    reason: answer?.problem ?? (answer?.of === 1 ? bad?.reason ?? null : null), // of many, each is named
    tookMs: answer ? Math.max(0, ...answer.results.map(r => r.took_ms)) : null,
  });
}

/** Asks something of a room: run, stop, send, button. */
export async function commandRoom(room: string, verb: string, target: string, what: string, body: Record<string, unknown> = {}): Promise<Accepted | null> {
  const id = begin(target, what);
  try {
    const post = (): Promise<Accepted> => send<Accepted>(api("rooms", room, verb), { ...body, id }, verb === "stop");
    // STOP means the same however old the page is; anything else is looked at again by whoever pressed it.
    const answer = await post().catch(async (e: unknown) => {
      if (verb !== "stop" || !isStale(e)) throw e;
      await askWho();
      return post();
    });
    if (endRoom(id, verb, answer)) return answer;
    change(id, { state: "pending" });
    setTimeout(() => change(id, { state: "ended", verdict: "unknown" }), VERDICT_MAX_MS);
    return answer;
  } catch (e) {
    failed(id, e);
    // Of a command to a device the hub keeps no verdict: that it came says nothing of its end.
    if (!(e instanceof HubError) && verb !== "stop") void settle<Accepted>(id, api("rooms", room, "presses", id), known => endRoom(id, verb, known));
    return null;
  }
}

/** False where a verdict is still to come: only a command to a device has one of its own; what the room makes of a STOP or a button is told by the room. */
function endRoom(id: string, verb: string, answer: Accepted): boolean {
  if (!answer.accepted) change(id, { state: "ended", verdict: "refused", reason: answer.reason ?? null });
  else if (verb === "run") change(id, { state: "ended", verdict: "accepted", reason: answer.reason ?? null });
  else if (verb !== "send") change(id, { state: "ended", verdict: "sent" });
  return !answer.accepted || verb !== "send";
}

onFleetCommand(endFleet);

onRoomCommand((end: RoomCommandEvent) => {
  if (end.id !== null) change(end.id, { state: "ended", verdict: end.verdict, reason: end.reason, tookMs: end.took_ms });
});

// Verdicts that came while the link was gone are asked for; what the hub of a room does not keep is unknown, and its state is on the screen.
onSnapshot(() => {
  for (const one of asked.peek()) {
    if (one.state !== "pending") continue;
    if (one.target.startsWith("room:")) setTimeout(() => change(one.id, { state: "ended", verdict: "unknown" }), 3_000);
    else getJson<CommandView>(api("commands", one.id)).then(endFleet, e => failed(one.id, e));
  }
});
