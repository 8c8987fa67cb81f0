// Bodies of /api/v2 that the page reads. Times are microseconds since 1970 UTC; absent is null.

export type Presence = "unknown" | "online" | "late" | "offline" | "lost";

export interface ModuleView {
  id: string;
  presence: Presence;
  state: string | null;
  recording_id: string | null;
  recording_since_us: number | null;
  error: string | null;
  last_seen_us: number | null;
  silent_ms: number | null;
  session: number | null;
  heartbeat_s: number | null;
  version: string | null;
  config: Record<string, unknown> | null;
  levels_dbfs: number[] | null;
  queue_chunks: number | null;
  queue_bytes: number | null;
  queue_oldest_us: number | null;
  durable_lag_ms: number | null;
  continuous: boolean | null;
  next_change_us: number | null;
  schedule: { windows: string; timezone: string; source: string | null } | null;
  armed_for_us: number | null;
  muted_until_us: number | null;
  clock_offset_us: number | null;
  clock_uncertainty_us: number | null;
  clock_measured_us: number | null;
  clock_source: string | null;
  alarms: string[];
  unreadable: number;
  link: string;
}

export interface BrokerView {
  address: string | null;
  connected: boolean;
  problem: string | null;
}

export interface SessionView {
  session_id: string;
  recording_id: string;
  state: string;
  created_us: number;
  start_at_us: number | null;
  duration_s: number | null;
  modules: number;
  confirmed: number;
  armed: number;
  complete: number;
  spread_us: number | null;
  spread_uncertainty_us: number | null;
}

export interface FleetVerdict {
  module: string;
  verdict: string;
  reason: string | null;
  note: string | null;
  armed: boolean;
  took_ms: number;
}

export interface FleetAnswer {
  confirmed: number;
  of: number;
  session_id: string | null;
  problem: string | null;
  results: FleetVerdict[];
}

export interface CommandView {
  id: string;
  state: "running" | "ended";
  created_us: number;
  ended_us: number | null;
  command: string | null;
  modules: string[] | null;
  recording_id: string | null;
  by: string | null;
  from: string | null;
  answer: FleetAnswer | null;
}

export interface RecorderView {
  id: string;
  name: string | null;
  state: string | null;
  peak_dbfs: number[] | null;
  rms_dbfs: number[] | null;
  clipped_samples: number | null;
  first_seen_us: number;
  last_seen_us: number;
  last_chunk_end_us: number | null;
  last_label: string | null;
  chunks: number;
  bytes: number;
  covered_us: number;
}

export interface RecordersView {
  now_us: number;
  recorders: RecorderView[];
}

export interface Span {
  from_us: number;
  to_us: number;
  chunks: number;
}

export interface Gap {
  from_us: number;
  to_us: number;
  cause: string;
  duration_us: number;
  count: number;
}

export interface Bucket {
  from_us: number;
  covered_us: number;
  chunks: number;
  labelled: number;
}

export interface RecorderTimeline {
  id: string;
  spans: Span[];
  gaps: Gap[];
  buckets: Bucket[];
}

export interface TimelineView {
  from_us: number;
  to_us: number;
  detail: string;
  bucket_us: number;
  recorders: RecorderTimeline[];
}

export interface ChunkPeaks {
  chunk_id: string;
  start_us: number;
  end_us: number;
  points: number[];
}

export interface PeaksView {
  per_second: number;
  chunks: ChunkPeaks[];
}

export interface StatsView {
  recorders: number;
  chunks: number;
  bytes: number;
  covered_us: number;
  oldest_us: number | null;
  newest_us: number | null;
  refused: number;
  free_bytes: number | null;
}

export interface SnapshotView {
  now_us: number;
  broker: BrokerView;
  modules: ModuleView[];
  sessions: SessionView[];
  rooms?: RoomView[];
  commands: CommandView[];
}

export interface LevelsView {
  id: string;
  peak_dbfs: number[];
  rms_dbfs: number[];
}

export interface AlarmView {
  id: string;
  alarm: string;
  raised: boolean;
}

// Rooms.

export interface NextCue {
  in_ms: number;
  action: string;
  topic: string | null;
  message: string | null;
  path: string;
}

export interface Wait {
  type: string;
  topic: string | null;
  message: string | null;
  target: string | null;
  left_ms: number | null;
  goto: string;
  is_global: boolean;
}

export interface Lateness {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

export interface RunView {
  id: string | number;
  scene: string;
  started_us: number;
  /** When the figures were taken: what is shown counts on from there. */
  at_us: number;
  held: boolean;
  pass: number;
  elapsed_ms: number;
  state: string;
  state_elapsed_ms: number;
  by: string | null;
  next: NextCue[];
  waits: Wait[];
  lateness_ms: Lateness | null;
}

export interface SceneSummary {
  name: string;
  description: string | null;
  is_default: boolean;
  is_ambient: boolean;
  errors: number;
  warnings: number;
  modified_us: number | null;
}

export interface NodeView {
  id: string;
  class: string | null;
  presence: Presence;
  last_seen_us: number | null;
  outages: number;
  outage_seconds: number;
  word: string | null;
  retained: boolean;
  reason: string | null;
  alarms: string[];
}

export interface OutputView {
  topic: string;
  title: string | null;
  class: string | null;
  words: string[];
  desired: string | null;
  confirmed: string | null;
  state: string;
  since_us: number | null;
  stale: boolean;
  node: string | null;
  differs: boolean;
}

export interface PendingView {
  key: number | string;
  topic: string;
  payload: string;
  since_us: number;
  deadline_us: number;
}

export interface StopView {
  at_us: number;
  by: string | null;
  verdict: string | null;
  reason: string | null;
  confirmed: number;
  expected: number;
  tries: number;
  /** It is said as soon as there is a broker. */
  owed: boolean;
}

export interface PlayerView {
  kind: string;
  state: string;
  problem: string | null;
  playing: { file: string; kind: string; position_s: number | null }[];
}

export interface ButtonView {
  name: string;
  topic: string | null;
  message: string | null;
  title: string | null;
}

export interface RoomView {
  room: string;
  title: string | null;
  state: string;
  connected: boolean;
  simulated: boolean;
  link_problem: string | null;
  /** What is wrong with the room's files. */
  problems: string[];
  run: RunView | null;
  queue: string[];
  scenes: SceneSummary[];
  nodes: NodeView[];
  outputs: OutputView[];
  pending: PendingView[];
  stop: StopView | null;
  player: PlayerView | null;
  buttons: ButtonView[];
  policies: Record<string, string | number | boolean | null>;
  counters: Record<string, number>;
}

export interface RoomCommandEvent {
  room: string;
  id: string | null;
  topic: string | null;
  payload: string | null;
  verdict: string;
  reason: string | null;
  took_ms: number | null;
  by: string | null;
  ts_us: number;
}

export interface RoomLogEvent {
  room: string;
  ts_us: number;
  level: string;
  logger: string;
  text: string;
}

export interface Accepted {
  id: string;
  accepted: boolean;
  reason?: string | null;
}

export interface Problem {
  severity: string;
  path: string | null;
  line: number | null;
  rule: string | null;
  text: string;
}

export interface GraphState {
  name: string;
  description: string | null;
  is_initial: boolean;
  cues: number;
  enter: string[];
}

export interface GraphEdge {
  from: string | null;
  to: string;
  type: string;
  label: string | null;
  is_global: boolean;
}

export interface GraphView {
  states: GraphState[];
  edges: GraphEdge[];
}

export interface RunSummary {
  id: string | number;
  scene: string;
  started_us: number;
  ended_us: number | null;
  end_reason: string | null;
  by: string | null;
  cues: number;
  late_max_ms: number | null;
  failed: number;
}

export interface TraceEntry {
  planned_ms: number | null;
  real_ms: number | null;
  late_ms: number | null;
  kind: string;
  path: string | null;
  what: string;
  verdict: string | null;
  took_ms: number | null;
  reason: string | null;
}

export interface TraceView {
  run: RunSummary;
  entries: TraceEntry[];
}

export interface ManifestModule {
  module: string;
  verdict: string | null;
  reason: string | null;
  synchronised: boolean;
  first_frame_utc: string | null;
  uncertainty_us: number | null;
  clock_offset_us: number;
  clock_source: string;
  samplerate: number | null;
  frames: number | null;
  files: string[];
  gaps: unknown[];
}

export interface SessionManifest {
  session_id: string;
  recording_id: string;
  state: string;
  created_at: string;
  duration_s: number | null;
  armed: number;
  spread_us: number | null;
  spread_uncertainty_us: number | null;
  modules: ManifestModule[];
}
