import { describe, expect, it } from "vitest";
import type { HealthView, ModuleView, RoomView, Trouble } from "../../api/types";
import { en } from "../../i18n/en";
import { ru } from "../../i18n/ru";
import { trendOf } from "./backlog";
import { judge, troubleKey, type Act, type Need, type NeedKind, type Told } from "./needs";

const MINUTE = 60e6, DAY = 86_400e6, NOW = 1000 * DAY;
const well: Told = { now_us: NOW, broker: { address: "b:1883", connected: true, problem: null }, modules: [], rooms: [], troubles: new Map(), health: null, trends: new Map(), names: new Map() };
const module = (change: Partial<ModuleView>): ModuleView => ({ id: "mic", presence: "online", state: "idle", error: null, alarms: [], last_seen_us: 5, queue_oldest_us: null, ...change }) as ModuleView;
const room = (change: Record<string, unknown>): RoomView => ({
  room: "foyer", title: "Foyer", state: "idle", connected: true, simulated: false, link_problem: null, problems: [], run: null, queue: [], scenes: [], nodes: [], outputs: [],
  pending: [], stop: null, player: { kind: "none", state: "none", problem: null, playing: [] }, buttons: [], policies: {}, counters: {}, ...change,
}) as unknown as RoomView;
const trouble = (kind: string, subject: string | null, more: Partial<Trouble> = {}): [string, Trouble] => {
  const key = troubleKey(kind, subject, more.detail ?? null);
  return [key, { key, kind, area: "fleet", subject, detail: null, since_us: 7, last_us: 9, count: 2, reason: "because", ...more }];
};
const disk = (change: Record<string, unknown>): Pick<HealthView, "disk"> => ({
  disk: { now_us: NOW, free_bytes: 5e11, total_bytes: 1e12, held_bytes: 1, bytes_per_day: 1, bytes_last_day: 1, full_at_us: null, reach_us: null, floor_bytes: 1e9, keep_days: null, keep_bytes: null, oldest_us: 1, basis_days: 7, set_by: null, set_us: null, file_keep_days: null, file_keep_bytes: null, rule_problem: null, ...change },
}) as Pick<HealthView, "disk">;
const health = (change: Partial<HealthView>): HealthView => ({
  now_us: NOW, status: "ok", storage_writable: true, database: [], certificate_ends_us: null, process: { started_us: 3 }, ...disk({}), ...change,
}) as HealthView;
const of = (told: Partial<Told>): Need[] => judge({ ...well, ...told });
const kinds = (told: Partial<Told>): NeedKind[] => of(told).map(n => n.kind);

describe("what needs a person", () => {
  it("is nothing while all is well, nor with a hub that has no broker", () => {
    expect(kinds({ modules: [module({})], rooms: [room({})], health: health({}) })).toEqual([]);
    expect(kinds({ broker: { address: null, connected: false, problem: null } })).toEqual([]);
  });

  it("is the worst first, and of these what stands longest", () => {
    const told = [module({ id: "a", presence: "late", last_seen_us: 1 }), module({ id: "b", presence: "lost", last_seen_us: 50 }), module({ id: "c", alarms: ["dead_microphone"] }), module({ id: "d", alarms: ["upload_refused"] })];
    const troubles = new Map([trouble("alarm_raised", "c", { detail: "dead_microphone", since_us: 20 }), trouble("alarm_raised", "d", { detail: "upload_refused", since_us: 30 })]);
    expect(of({ modules: told, troubles }).map(n => [n.who, n.tone, n.kind, n.since_us])).toEqual([
      ["c", "bad", "microphone", 20], ["b", "bad", "module_lost", 50], ["a", "warn", "module_late", 1], ["d", "warn", "alarm", 30]]);
  });

  it("is not a module of which nothing was heard yet: that is unknown, not lost", () => {
    expect(kinds({ modules: [module({ presence: "unknown", alarms: ["dead_microphone"] })] })).toEqual([]);
  });

  it("is one card where a switch took five hundred modules with it", () => {
    const gone = Array.from({ length: 500 }, (_, i) => module({ id: `mic-${i}`, presence: "lost", last_seen_us: 1000 - i }));
    const found = of({ modules: gone });
    expect(found.length).toBe(1);
    expect([found[0]!.all?.length, found[0]!.since_us, found[0]!.href]).toEqual([500, 501, "#/fleet"]);
    expect(en.home.need(found[0]!).title).toContain("500");
    expect(en.home.need(found[0]!).means).toContain("and 492 more");
  });

  it("is what waits on a recorder for ten minutes, with its way up or down, and worse after a day that did not shrink it", () => {
    const waits = module({ queue_chunks: 12, queue_bytes: 3e6, queue_oldest_us: NOW - 11 * MINUTE });
    expect(kinds({ modules: [module({ queue_chunks: 1, queue_bytes: 3e5, queue_oldest_us: NOW - 9 * MINUTE })] })).toEqual([]);
    const [need] = of({ modules: [waits], trends: new Map([["mic", -500]]) });
    expect([need!.kind, need!.tone, need!.count, need!.since_us]).toEqual(["backlog", "warn", 12, NOW - 11 * MINUTE]);
    expect(en.home.need(need!).means).toContain("shrinks by 1.8 MB an hour");
    const old = { ...waits, queue_oldest_us: NOW - DAY - 1 };
    expect(of({ modules: [old] })[0]!.tone).toBe("bad");
    expect(of({ modules: [old], trends: new Map([["mic", -500]]) })[0]!.tone).toBe("warn");
    expect(kinds({ modules: [module({ alarms: ["upload_waiting"] })] })).toEqual(["backlog"]); // one card, not two
  });

  it("is chunks set aside, a lag that would be lost, a clock that is not held", () => {
    const told = module({ queue_quarantined: 4, alarms: ["quarantine"], durable_lag_ms: 61_000, clock_source: "none", clock_uncertainty_us: 30_000 });
    expect(of({ modules: [told] }).map(n => [n.kind, n.tone, n.count])).toEqual([["lag", "bad", 61], ["clock", "warn", 30], ["quarantine", "warn", 4]].sort((a, b) => (a[1] === b[1] ? 0 : a[1] === "bad" ? -1 : 1)));
    expect(kinds({ modules: [module({ durable_lag_ms: 900, clock_source: "host", clock_uncertainty_us: 30_000, queue_quarantined: 0 })] })).toEqual([]);
  });

  it("is one channel of a microphone, by its number", () => {
    const [need] = of({ modules: [module({ alarms: ["dead_channel"], dead_channels: [2] })] });
    expect([need!.kind, need!.tone]).toEqual(["microphone", "bad"]);
    expect(en.home.need(need!).title).toBe("mic: dead microphone (channel 2)");
    expect(ru.home.need(need!).title).toBe("mic: мёртвый микрофон (канал 2)");
  });

  it("is a command that failed, until one is confirmed", () => {
    const troubles = new Map([trouble("command_failed", "mic", { reason: "start: timed_out" }), trouble("command_failed", "foyer", { area: "rooms", detail: "foyer/light/1", last_us: 100 })]);
    expect(kinds({ modules: [module({})], rooms: [room({})], troubles })).toEqual(["command", "command"]);
    const output = { topic: "foyer/light/1", title: "Ceiling", state: "confirmed", since_us: 200, differs: false };
    expect(kinds({ rooms: [room({ outputs: [output] })], troubles })).toEqual([]);
    expect(of({ rooms: [room({ outputs: [{ ...output, state: "timed_out" }] })], troubles }).map(n => n.who)).toEqual(["Ceiling"]);
  });

  it("is a STOP that not everybody confirmed, once its time is over", () => {
    const stop = { at_us: 1, by: "x", reason: null, confirmed: 1, expected: 2, tries: 3, owed: false };
    expect(kinds({ rooms: [room({ stop: { ...stop, verdict: "timed_out" } })] })).toEqual(["stop"]);
    expect(kinds({ rooms: [room({ stop: { ...stop, verdict: null } })] })).toEqual([]);
    expect(kinds({ rooms: [room({ stop: { ...stop, confirmed: 2, verdict: "confirmed" } })] })).toEqual([]);
  });

  it("is a simulated room, a scene that a failure ended, a device that is gone, a scene with errors, a player that is down, files that cannot be read", () => {
    const told = room({
      simulated: true, connected: false, problems: ["room.yaml, line 3: x"],
      nodes: [{ id: "n", class: "relay", presence: "offline", last_seen_us: 1, outages: 0, outage_seconds: 0, word: null, retained: false, reason: null, alarms: [] }],
      scenes: [{ name: "s", description: null, is_default: false, is_ambient: false, errors: 1, warnings: 0, modified_us: 1 }],
      player: { kind: "mpv", state: "down", problem: "mpv is missing", playing: [] },
    });
    const troubles = new Map([trouble("run_failed", "foyer"), trouble("room_link", "foyer", { since_us: 77 })]);
    const found = of({ rooms: [told], troubles });
    expect(found.map(n => n.kind).sort()).toEqual(["node", "player", "room_files", "room_simulated", "run_failed", "scene"]);
    expect(found.find(n => n.kind === "room_simulated")!.since_us).toBe(77);
    expect(kinds({ rooms: [room({ run: { scene: "s" } })], troubles })).toEqual([]); // it runs again
  });

  it("is a disk that will be full within two weeks, and not one that retention holds", () => {
    const full = (days: number): [string, number | undefined][] => of({ health: health(disk({ full_at_us: NOW + days * DAY + 1 })) }).map(n => [n.tone, n.count]);
    expect(full(15)).toEqual([]);
    expect(full(13)).toEqual([["warn", 13]]);
    expect(full(2)).toEqual([["bad", 2]]);
    expect(of({ health: health(disk({ free_bytes: 1e8 })) })[0]!.tone).toBe("bad");
    expect(kinds({ health: health(disk({ free_bytes: null })) })).toEqual(["disk_unknown"]);
  });

  it("is the hub's own trouble: its disk, its files, its log, its certificate", () => {
    const database = [{ name: "archive.db", bytes: 1, wal_bytes: 0, integrity: "wrong # of entries", checked_us: 4, problem: null, writes: 1, write_p50_ms: 1, write_p99_ms: 1 }];
    const troubles = new Map([trouble("hub_error", null, { detail: "commit_failed" }), trouble("book_failed", null)]);
    expect(kinds({ health: health({ storage_writable: false, database, certificate_ends_us: NOW + 2 * DAY }), troubles }).sort()).toEqual(["certificate", "database", "hub_book", "hub_disk", "hub_error"]);
  });

  it("is what was refused, and a recorder that ceased to send", () => {
    const troubles = new Map([trouble("chunk_refused", "mic-7", { area: "archive", count: 3 }), trouble("uploads_stopped", "mic-8", { area: "archive" })]);
    expect(of({ troubles }).map(n => [n.kind, n.who])).toEqual([["refused", "mic-7"], ["uploads_stopped", "mic-8"]]);
  });

  it("is an alarm of a recorder that only uploads, by its name, once, until it is not heard at all", () => {
    const dead = trouble("recorder_alarm", "0a1b", { area: "archive", detail: "dead_microphone", since_us: 30 });
    const one = trouble("recorder_alarm", "0a1b", { area: "archive", detail: "dead_channel" });
    const [need, ...others] = of({ troubles: new Map([dead, one]), names: new Map([["0a1b", "attic"]]) });
    expect([need!.kind, need!.tone, need!.who, need!.since_us, need!.href, need!.act, others.length]).toEqual(["microphone", "bad", "attic", 30, "#/fleet/0a1b", "recorder", 0]);
    expect(en.home.need(need!).title).toBe("attic: dead microphone");
    expect(of({ troubles: new Map([trouble("recorder_alarm", "0a1b", { area: "archive", detail: "upload_waiting" })]) }).map(n => [n.kind, n.tone, n.who])).toEqual([["alarm", "warn", "0a1b"]]);
    expect(kinds({ troubles: new Map([dead, trouble("uploads_stopped", "0a1b", { area: "archive" })]) })).toEqual(["uploads_stopped"]);
  });

  it("is a scene that the end of the hub cut off, by its name, until it runs again", () => {
    const troubles = new Map([trouble("run_cut", "foyer", { area: "rooms", detail: "storm", since_us: 12 })]);
    const [need] = of({ rooms: [room({})], troubles });
    expect([need!.kind, need!.tone, need!.since_us, need!.href]).toEqual(["run_cut", "bad", 12, "#/rooms/foyer/runs"]);
    expect(en.home.need(need!).title).toBe("Foyer: scene storm was cut off");
    expect(kinds({ rooms: [room({ run: { scene: "storm" } })], troubles })).toEqual([]);
    expect(kinds({ rooms: [room({ run: { scene: "ambient" } })], troubles })).toEqual(["run_cut"]);
  });

  it("stands since it began, not since it was last measured or heard", () => {
    const since = (kind: string, subject: string | null, detail: string | null = null) => trouble(kind, subject, { detail, since_us: 42 });
    const bad = module({ error: "x", clock_source: "none", clock_uncertainty_us: 30_000, clock_measured_us: NOW, last_seen_us: NOW });
    const told = health({ storage_writable: false, certificate_ends_us: NOW + DAY, database: [{ name: "archive.db", bytes: 1, wal_bytes: 0, integrity: "wrong", checked_us: NOW, problem: null, writes: 1, write_p50_ms: 1, write_p99_ms: 1 }], ...disk({ full_at_us: NOW + DAY }) });
    const troubles = new Map([since("module_error", "mic"), since("alarm_raised", "mic", "clock_free"), since("hub_disk", null), since("certificate", null), since("disk_space", null), since("database", null, "archive.db")]);
    const found = of({ modules: [bad], health: told, troubles });
    expect(found.map(n => n.kind).sort()).toEqual(["certificate", "clock", "database", "disk", "hub_disk", "module_error"]);
    expect(found.map(n => n.since_us)).toEqual(found.map(() => 42));
  });

  it("knows a way up or down only after a minute", () => {
    expect(trendOf([{ at: 0, bytes: 1 }, { at: 59_000, bytes: 100 }])).toBeNull();
    expect(trendOf([{ at: 0, bytes: 0 }, { at: 100_000, bytes: 1000 }])).toBe(10);
  });

  it("says in both languages what it is, what it means and what to do, for one and for many", () => {
    const all: Record<NeedKind, true> = {
      module_lost: true, module_late: true, module_error: true, microphone: true, alarm: true, backlog: true, quarantine: true, lag: true, clock: true, broker: true, room_simulated: true,
      room_link: true, command: true, node: true, stop: true, player: true, scene: true, run_failed: true, run_cut: true, output_differs: true, room_files: true, disk: true, disk_unknown: true, database: true,
      hub_disk: true, hub_book: true, hub_error: true, certificate: true, refused: true, uploads_stopped: true,
    };
    const acts: Act[] = ["module", "recorder", "modules", "room", "runs", "sceneFile", "log", "health", "settings", "listen"];
    for (const language of [en, ru]) {
      for (const act of acts) expect(language.home.acts[act]).toBeTruthy();
      for (const kind of Object.keys(all) as NeedKind[]) {
        const one: Need = { key: "k", kind, tone: "bad", who: "who", detail: "dead_microphone", since_us: null, href: null, act: null, count: 2, bytes: 1000 };
        for (const need of [one, { ...one, all: ["a", "b", "c"] }]) {
          const said = language.home.need(need);
          expect(said.title.length * said.means.length * said.todo.length, kind).toBeGreaterThan(0);
          expect(`${said.title}${said.means}`, kind).not.toMatch(/undefined|null|NaN/);
        }
      }
    }
  });
});
