import type { ModuleView, RecorderView } from "./types";

/** One recorder, by whichever ways it is known. */
export interface Recorder {
  id: string;
  /** Can be commanded, and says itself how it is; null: it only uploads. */
  module: ModuleView | null;
  /** What of it is in the archive; null: nothing yet. */
  archive: RecorderView | null;
}
