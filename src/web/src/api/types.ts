// Bodies of /api/v2, by the names that the page calls them. Times are microseconds since 1970 UTC; absent is null.
// Nothing is written here by hand: schema.ts is made from openapi.json at each build, and a test holds that to what the hub serves.
import type { components } from "./schema";

type Bodies = components["schemas"];

/** What each event carries, by its name. */
export type EventBodies = Bodies["EventBodies"];

export type Presence = Bodies["ModulePresence"];
export type ModuleView = Bodies["ModuleView"];
export type BrokerView = Bodies["BrokerView"];
export type SnapshotView = Bodies["SnapshotView"];
export type SessionView = Bodies["SessionView"];
export type SessionManifest = Bodies["SessionManifest"];
export type ManifestModule = Bodies["SessionModule"];
export type FleetVerdict = Bodies["FleetVerdict"];
export type FleetAnswer = Bodies["FleetAnswer"];
export type CommandView = Bodies["CommandView"];
export type CommandsView = Bodies["CommandsView"];
export type SceneVersion = Bodies["SceneVersionView"];
export type DevicesView = Bodies["DevicesView"];

export type RecorderView = Bodies["RecorderView"];
export type RecordersView = Bodies["RecordersView"];
export type Span = Bodies["SpanView"];
export type Gap = Bodies["GapView"];
export type Bucket = Bodies["BucketView"];
export type RecorderTimeline = Bodies["RecorderTimelineView"];
export type TimelineView = Bodies["TimelineView"];
export type ChunkPeaks = Bodies["ChunkPeaksView"];
export type PeaksView = Bodies["PeaksView"];
export type StatsView = Bodies["StatsView"];

export type RoomView = Bodies["RoomView"];
export type RunView = Bodies["RunView"];
export type NextCue = Bodies["NextCueView"];
export type Wait = Bodies["WaitView"];
export type SceneSummary = Bodies["SceneView"];
export type NodeView = Bodies["NodeView"];
export type OutputView = Bodies["RoomOutputView"];
export type RoomCommandEvent = EventBodies["room_command"];
export type RoomLogEvent = EventBodies["room_log"];
export type Accepted = Bodies["RoomAnswer"];
export type Problem = Bodies["SceneProblemView"];
export type GraphState = Bodies["GraphStateView"];
export type GraphEdge = Bodies["GraphEdgeView"];
export type GraphView = Bodies["GraphView"];
export type RunSummary = Bodies["PastRunView"];
export type TraceEntry = Bodies["TraceLineView"];
export type TraceView = Bodies["TraceView"];

export type LogEvent = Bodies["BookRow"];
export type LogView = Bodies["LogView"];
export type Trouble = Bodies["Trouble"];
export type HealthView = Bodies["HealthView"];
export type StorageView = Bodies["StorageView"];
export type KeepEstimateView = Bodies["KeepEstimateView"];
export type CueHealth = Bodies["CueHealth"];
