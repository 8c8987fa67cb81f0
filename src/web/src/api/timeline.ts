// Bodies of /api/v2 that the timeline asks for. Microseconds since 1970 UTC; levels in whole dBFS, null where nothing is known.
import type { components } from "./schema";

type Bodies = components["schemas"];

export type TimelineAnswer = Bodies["TimelineView"];
export type RecorderTold = Bodies["RecorderTimelineView"];
export type LevelsAnswer = Bodies["LevelsOfView"];
export type RecorderLevels = Bodies["RecorderLevelsView"];
export type OverviewAnswer = Bodies["OverviewView"];
