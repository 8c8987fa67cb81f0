// Bodies of /api/v2 that the timeline asks for. Microseconds since 1970 UTC; levels in whole dBFS, null where nothing is known.
import type { RecorderTimeline } from "./types";

export interface TimelineChunk {
  chunk_id: string;
  start_us: number;
  end_us: number;
  number: number | null;
  label: string | null;
}

export type RecorderTold = RecorderTimeline & { chunks: TimelineChunk[] };

export interface TimelineAnswer {
  from_us: number;
  to_us: number;
  detail: "chunks" | "spans" | "buckets";
  bucket_us: number;
  recorders: RecorderTold[];
}

export interface RecorderLevels {
  id: string;
  peak_dbfs: (number | null)[];
  rms_dbfs: (number | null)[];
  quietest_dbfs: (number | null)[];
}

export interface LevelsAnswer {
  from_us: number;
  step_us: number;
  recorders: RecorderLevels[];
}

export interface OverviewAnswer {
  oldest_us: number | null;
  newest_us: number | null;
  from_us: number;
  step_us: number;
  covered_us: number[];
}
