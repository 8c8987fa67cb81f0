import type { Recorder } from "../../api/fleet";
import type { ModuleView } from "../../api/types";
import { locale, words } from "../../i18n";
import { link } from "../../live/connection";
import { levelsOf } from "../../live/store";
import { Age } from "../../parts/age";
import { Fact } from "../../parts/card";
import { Meter } from "../../parts/meter";
import { State, type Tone } from "../../parts/state";
import { bytes, dateTime, duration, moment, nowUs, running, second, tenth } from "../../time";
import { isCutOff, isThere } from "./chosen";

const FRESH_MS = 1_500;
const tones: Record<string, Tone> = { online: "ok", late: "warn", lost: "bad", offline: "bad", unknown: "unknown" };

/** How it is, in a shape and a word. */
export function RecorderState({ r }: { r: Recorder }) {
  const w = words.value.fleet;
  const m = r.module;
  if (!m) return <State tone="quiet" title={w.uploadsOnlyWhy}>{w.uploadsOnly}</State>;
  if (isCutOff(m)) return <State tone="unknown">{w.presence["unknown"]}</State>;
  if (!isThere(m)) return <State tone={tones[m.presence] ?? "unknown"}>{w.presence[m.presence] ?? m.presence}</State>;
  const late = m.presence === "late" && <State tone="warn">{w.presence["late"]}</State>;
  if (m.error) return <><State tone="bad">{w.error}</State>{late}</>;
  if (m.armed_for_us !== null) return <><State tone="pending">{w.armed}</State>{late}</>;
  if (m.state === "recording") return <><State tone="ok" shape="record">{w.recording}</State>{late}</>;
  return <><State tone={m.state === "idle" ? "quiet" : "pending"}>{m.state === "idle" ? w.idle : m.state ?? "?"}{m.continuous ? ` · ${w.continuous}` : ""}</State>{late}</>;
}

/** Ten times a second while it is looked at, else what the last status or chunk said. */
export function Levels({ r }: { r: Recorder }) {
  second.value;
  const w = words.value.fleet;
  const live = levelsOf(r.id).value;
  const fresh = live !== null && performance.now() - live.at < FRESH_MS;
  const loudest = (all: readonly number[] | null | undefined): number | null => (all?.length ? Math.max(...all) : null);
  const status = loudest(r.module?.levels_dbfs);
  // Of a microphone that is gone the last chunk's level is no news.
  const isGone = r.module?.alarms.some(a => a === "microphone_lost" || a === "microphone_failed") ?? false;
  const rms = isGone ? null : fresh ? loudest(live.rms) : status ?? loudest(r.archive?.rms_dbfs);
  const peak = fresh ? loudest(live.peak) : status === null ? loudest(r.archive?.peak_dbfs) : null;
  return (
    <div class="tile-level row" data-live={fresh}>
      {rms === null ? <span class="quiet small">{w.noLevel}</span> : <>
        <Meter rms={rms} peak={peak} title={fresh ? w.liveLevel : status !== null ? w.statusLevel : w.chunkLevel} />
        {!fresh && (status !== null && r.module ? <Heard m={r.module} /> : <Age us={r.archive?.last_chunk_end_us ?? null} />)}
      </>}
    </div>
  );
}

/** What runs, since its first frame by the module's own word; or what is about to. */
export function Course({ m }: { m: ModuleView }) {
  const w = words.value.fleet;
  if (m.armed_for_us !== null) return <p class="course" data-course="armed">{w.startsAt} <strong class="figures"><Countdown us={m.armed_for_us} /></strong>{m.recording_id && <span class="mono small">{m.recording_id}</span>}</p>;
  if (m.state !== "recording") return null;
  return (
    <p class="course" data-course="recording">{w.recordsFor}{" "}
      {m.recording_since_us === null ? <span class="quiet small">{w.sinceUnknown}</span> : <strong class="figures" title={dateTime(m.recording_since_us)}><Since us={m.recording_since_us} isHeard={isThere(m)} /></strong>}
      {m.recording_id && <span class="mono small">{m.recording_id}</span>}
    </p>
  );
}

/** Counts up by the hub's clock; stands still while the link is gone, or who records is not heard. */
export function Since({ us, isHeard = true }: { us: number; isHeard?: boolean }) {
  if (link.value === "live" && isHeard) second.value;
  return <>{clockOf(Math.max(0, nowUs() - us))}</>;
}

/** Counts down by the hub's clock, in tenths when it is near. */
export function Countdown({ us }: { us: number }) {
  const left = us - nowUs();
  if (link.value === "live") (left < 120e6 ? tenth : second).value;
  return <>{left < 120e6 ? running(left / 1000) : clockOf(left)}</>;
}

/** h:mm:ss */
function clockOf(us: number): string {
  const s = Math.floor(us / 1e6);
  return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
}

const ms = (us: number): string => (Math.abs(us) < 5 ? 0 : us / 1000).toLocaleString(locale.value, { maximumFractionDigits: 2, minimumFractionDigits: 2 }).replace("-", "\u2212");

export function Clock({ m }: { m: ModuleView }) {
  const w = words.value.fleet;
  const kept = m.clock_source === null ? null : w.clockSources[m.clock_source] ?? m.clock_source;
  if (m.clock_offset_us === null) return <span class="quiet" title={w.notMeasured}>{kept ?? w.notSaid}</span>;
  return <>{ms(m.clock_offset_us)} {words.value.units.ms}{m.clock_uncertainty_us !== null && <> ± {ms(m.clock_uncertainty_us)}</>}{kept && <span class="quiet small"> {kept}</span>} <Age us={m.clock_measured_us} /></>;
}

export function Queue({ m }: { m: ModuleView }) {
  const w = words.value.fleet;
  if (m.queue_chunks === null) return <span class="quiet">{w.notSaid}</span>;
  if (m.queue_chunks === 0) return <>{w.nothingWaits}</>;
  return <>{w.chunks(m.queue_chunks)}{m.queue_bytes ? `, ${bytes(m.queue_bytes)}` : ""}{m.queue_oldest_us !== null && <span class="small"> {w.oldest} <Age us={m.queue_oldest_us} /></span>}</>;
}

export function formatOf(m: ModuleView): string {
  const w = words.value.fleet;
  const c = m.config;
  const rate = c?.samplerate ?? 0;
  const parts = [rate > 0 ? w.khz((rate / 1000).toLocaleString(locale.value)) : null, c?.channels ? w.channelCount(c.channels) : null, c?.codec ?? c?.dtype];
  return parts.filter(p => p !== null && p !== undefined).join(" · ");
}

export const deviceOf = (m: ModuleView): string => m.config?.device ?? words.value.fleet.defaultDevice;

/** What is heard ten times a second is not told of each time: levels are as good a sign of life as a status. */
export function Heard({ m }: { m: ModuleView }) {
  second.value;
  const live = levelsOf(m.id).peek();
  const levelsUs = live === null ? 0 : nowUs() - (performance.now() - live.at) * 1000;
  return <Age us={m.last_seen_us === null && levelsUs === 0 ? null : Math.max(m.last_seen_us ?? 0, levelsUs)} />;
}

/** The same facts in the same places on every tile: the eye goes down a column. */
export function RecorderFacts({ r }: { r: Recorder }) {
  const w = words.value.fleet;
  const { module: m, archive } = r;
  return (
    <dl class="facts tile-facts">
      {m && <Fact name={w.seen}><Heard m={m} /></Fact>}
      {m?.config && <Fact name={w.device}><span class="block cut" title={deviceOf(m)}>{deviceOf(m)}</span><span class="quiet small">{formatOf(m)}</span></Fact>}
      {m && <Fact name={w.lag}>{m.durable_lag_ms === null ? <span class="quiet">{w.notSaid}</span> : duration(m.durable_lag_ms * 1000)}</Fact>}
      {m && <Fact name={w.queue}><Queue m={m} /></Fact>}
      {m && <Fact name={w.clock}><Clock m={m} /></Fact>}
      {archive && <Fact name={w.newestAudio}><Age us={archive.last_chunk_end_us} /></Fact>}
      {archive && !m && <Fact name={w.seen}><Age us={archive.last_seen_us} /></Fact>}
    </dl>
  );
}

export function Signs({ r }: { r: Recorder }) {
  const w = words.value;
  const m = r.module;
  const alarms = m ? m.alarms : r.archive?.state && r.archive.state !== "ok" ? r.archive.state.split(",") : [];
  const muted = m !== null && m.muted_until_us !== null && m.muted_until_us > nowUs();
  if (alarms.length === 0 && !muted && !m?.error) return null;
  return (
    <>
      <p class="row">
        {muted && <State tone="warn">{w.fleet.mutedUntil} {moment(m.muted_until_us!)}</State>}
        {alarms.map(a => <State key={a} tone="bad" title={w.alarms[a]?.todo ?? w.fleet.alarmUnknown}>{w.alarms[a]?.name ?? a.replaceAll("_", " ")}</State>)}
      </p>
      {m?.error && <p class="error-text">{m.error}</p>}
    </>
  );
}
