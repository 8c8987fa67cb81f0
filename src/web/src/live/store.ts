// What the hub has told, and nothing else: no value here was made up by the page.
import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { BrokerView, CommandView, EventBodies, LogEvent, ModuleView, RoomCommandEvent, RoomLogEvent, RoomView, SessionView, Trouble } from "../api/types";
import type { JobView } from "../api/jobs";
import { hearClock } from "../time";
import type { Told } from "./sse";

/** Things with an id: the list changes when one comes or goes, each thing's own signal when it changes. */
export class Shelf<T> {
  private readonly things = signal<ReadonlyMap<string, Signal<T>>>(new Map());

  get all(): ReadonlyMap<string, Signal<T>> {
    return this.things.value;
  }

  find(id: string): T | undefined {
    return this.things.value.get(id)?.value;
  }

  put(id: string, value: T): void {
    const known = this.things.peek().get(id);
    if (known) known.value = value;
    else this.things.value = new Map(this.things.peek()).set(id, signal(value));
  }

  remove(id: string): void {
    if (!this.things.peek().has(id)) return;
    const left = new Map(this.things.peek());
    left.delete(id);
    this.things.value = left;
  }

  /** Signals of what stays are kept: who watches one goes on watching it. */
  replace(entries: Iterable<[string, T]>): void {
    const before = this.things.peek();
    const after = new Map<string, Signal<T>>();
    for (const [id, value] of entries) {
      const known = before.get(id);
      if (known) known.value = value;
      after.set(id, known ?? signal(value));
    }
    if (after.size !== before.size || [...after.keys()].some(id => !before.has(id))) this.things.value = after;
  }
}

export interface Levels {
  peak: number[];
  rms: number[];
  at: number;
}

/** A line of a room's story: its log, and what became of its commands. */
export interface RoomLine {
  n: number;
  ts_us: number;
  level: string;
  logger: string;
  text: string;
}

const COMMANDS_MAX = 50;
const LINES_MAX = 1_000;

/** Commands to modules, of anybody, newest first: those that run and the last that ended. */
export const commands = signal<readonly CommandView[]>([]);

/** Null until the first snapshot. */
export const snapshotAt = signal<number | null>(null);
export const broker = signal<BrokerView | null>(null);
export const modules = new Shelf<ModuleView>();
export const sessions = new Shelf<SessionView>();
export const rooms = new Shelf<RoomView>();
export const jobs = new Shelf<JobView>();

/** What began and has not ended, by its key. */
export const troubles = new Shelf<Trouble>();

/** False while the hub knows no rooms: the page has none either. */
export const hasRooms: ReadonlySignal<boolean> = computed(() => rooms.all.size > 0);

export const levels = new Map<string, Signal<Levels | null>>();
export const roomLines = new Map<string, Signal<readonly RoomLine[]>>();

/** When each view of a room came, on this machine's monotonic clock. */
export const roomHeardAt = new WeakMap<RoomView, number>();

/** Rises when a run of a room begins, changes its state or ends. */
export const runsChanged = signal(0);

export function levelsOf(id: string): Signal<Levels | null> {
  let found = levels.get(id);
  if (!found) levels.set(id, (found = signal(null)));
  return found;
}

export function linesOf(room: string): Signal<readonly RoomLine[]> {
  let found = roomLines.get(room);
  if (!found) roomLines.set(room, (found = signal([])));
  return found;
}

type EndOf<T> = (told: T) => void;
const fleetEnds = new Set<EndOf<CommandView>>();
const roomEnds = new Set<EndOf<RoomCommandEvent>>();
export const onFleetCommand = (end: EndOf<CommandView>): void => void fleetEnds.add(end);
export const onRoomCommand = (end: EndOf<RoomCommandEvent>): void => void roomEnds.add(end);
const logEnds = new Set<EndOf<LogEvent>>();
export const onLog = (then: EndOf<LogEvent>): void => void logEnds.add(then);
const snapshotEnds = new Set<() => void>();
export const onSnapshot = (then: () => void): void => void snapshotEnds.add(then);

let lineNumber = 0;

/** What a room's log held before this page was opened, or while the link was gone; what came since stays behind it. */
export function takeLines(room: string, earlier: readonly RoomLogEvent[]): void {
  const last = earlier.at(-1)?.ts_us ?? 0;
  const lines = linesOf(room);
  lines.value = [...earlier.map(({ room: _, ...line }) => ({ ...line, n: ++lineNumber })), ...lines.peek().filter(l => l.ts_us > last)].slice(-LINES_MAX);
}

/** Takes what one piece of the stream said; drawn once. */
export function hear(told: readonly Told[]): void {
  batch(() => {
    for (const one of told) take(one.type, JSON.parse(one.data) as never);
  });
}

/** Drawn at most this often, however much comes: what a person sees is as old as this at most. What comes alone is drawn at once. */
const GATHER_MS = 50;

let gathered: Told[] = [];
let drawnAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Takes it a moment later, all of that moment at once; a snapshot at once. */
export function hearSoon(told: readonly Told[]): void {
  for (const one of told) gathered.push(one);
  if (told.some(one => one.type === "snapshot")) flush();
  else timer ??= setTimeout(flush, Math.max(0, GATHER_MS - (performance.now() - drawnAt)));
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  const all = gathered;
  gathered = [];
  hear(withoutOvertaken(all));
  drawnAt = performance.now();
}

/** Of a thing that is told whole, only its last state is of interest. */
export function withoutOvertaken(all: readonly Told[]): Told[] {
  const seen = new Set<string>();
  const kept: Told[] = [];
  for (let i = all.length - 1; i >= 0; i--) {
    const one = all[i]!;
    const thing = WHOLE.has(one.type) ? /^\{"(?:id|room|session_id)":"([^"]*)"/.exec(one.data) : null;
    if (thing) {
      const key = `${one.type} ${thing[1]}`;
      if (seen.has(key)) continue;
      seen.add(key);
    }
    kept.push(one);
  }
  return kept.reverse();
}

const WHOLE = new Set(["module", "session", "room", "levels", "job"]);

function take(type: string, body: never): void {
  const handle = handlers[type as keyof EventBodies] as ((body: never) => void) | undefined;
  if (handle) handle(body); // events of a newer hub are not ours to know
}

const handlers: { [Name in keyof EventBodies]: (body: EventBodies[Name]) => void } = {
  snapshot(all) {
    hearClock(all.now_us);
    broker.value = all.broker;
    modules.replace(all.modules.map(m => [m.id, m]));
    sessions.replace(all.sessions.map(s => [s.session_id, s]));
    commands.value = all.commands ?? [];
    for (const r of all.rooms ?? []) roomHeardAt.set(r, performance.now());
    jobs.replace((all.jobs ?? []).map(j => [j.id, j]));
    rooms.replace((all.rooms ?? []).map(r => [r.room, r]));
    troubles.replace((all.troubles ?? []).map(t => [t.key, t]));
    snapshotAt.value = Date.now();
    for (const then of snapshotEnds) then();
  },
  beat(beat) {
    hearClock(beat.now_us);
  },
  broker(view) {
    broker.value = view;
  },
  module(module) {
    modules.put(module.id, module);
  },
  module_forgotten({ id }) {
    modules.remove(id);
  },
  session(session) {
    sessions.put(session.session_id, session);
  },
  job(job) {
    jobs.put(job.id, job);
  },
  job_removed({ id }) {
    jobs.remove(id);
  },
  alarm({ id, alarm, raised }) {
    const module = modules.all.get(id);
    if (!module) return;
    const others = module.peek().alarms.filter(a => a !== alarm);
    module.value = { ...module.peek(), alarms: raised ? [...others, alarm] : others };
  },
  levels({ id, peak_dbfs, rms_dbfs }) {
    levelsOf(id).value = { peak: peak_dbfs, rms: rms_dbfs, at: performance.now() };
  },
  command(command) {
    for (const end of fleetEnds) end(command);
    if (command.command !== "watch" && command.command !== "status") commands.value = [command, ...commands.peek().filter(c => c.id !== command.id)].slice(0, COMMANDS_MAX);
  },
  room(room) {
    roomHeardAt.set(room, performance.now());
    rooms.put(room.room, room);
  },
  room_command(end) {
    for (const then of roomEnds) then(end);
  },
  room_log({ room, ...line }) {
    const lines = linesOf(room);
    lines.value = [...lines.peek().slice(-(LINES_MAX - 1)), { ...line, n: ++lineNumber }];
  },
  room_run() {
    runsChanged.value++;
  },
  log(event) {
    for (const then of logEnds) then(event);
  },
  trouble(trouble) {
    troubles.put(trouble.key, trouble);
  },
  trouble_ended({ key }) {
    troubles.remove(key);
  },
};
