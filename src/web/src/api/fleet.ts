// Bodies of the fleet's part of /api/v2 beyond those in types.ts.
import type { CommandView, ModuleView, RecorderView } from "./types";

export interface Schedule {
  windows: string;
  timezone: string;
  source: string | null;
}

export interface CommandsView {
  commands: CommandView[];
}

/** One recorder, by whichever ways it is known. */
export interface Recorder {
  id: string;
  /** Can be commanded, and says itself how it is; null: it only uploads. */
  module: ModuleView | null;
  /** What of it is in the archive; null: nothing yet. */
  archive: RecorderView | null;
}
