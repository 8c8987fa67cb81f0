// Where each module began, against T0, in numbers for a picture.
import type { ManifestModule, SessionManifest } from "../../api/types";

export interface Start {
  module: string;
  /** Microseconds after T0; null: it did not tell. */
  after: number | null;
  uncertainty: number | null;
  synchronised: boolean;
}

/** T0, or the earliest first frame where all began as the command came. */
export function zeroOf(m: SessionManifest): number | null {
  if (m.start_at !== null) return timeUs(m.start_at) - m.pre_roll_s * 1e6;
  const firsts = m.modules.flatMap(one => (one.first_frame_utc === null ? [] : [timeUs(one.first_frame_utc)]));
  return firsts.length > 0 ? Math.min(...firsts) : null;
}

export function startsOf(m: SessionManifest): Start[] {
  const zero = zeroOf(m);
  return m.modules.map((one: ManifestModule) => ({
    module: one.module, uncertainty: one.uncertainty_us, synchronised: one.synchronised,
    after: one.first_frame_utc === null || zero === null ? null : timeUs(one.first_frame_utc) - zero,
  }));
}

/** Half the width of a picture that holds all starts with their uncertainty, T0 in the middle: 1, 2 or 5 of a power of ten. */
export function scaleOf(starts: readonly Start[]): number {
  const most = Math.max(1, ...starts.map(s => (s.after === null ? 0 : Math.abs(s.after) + (s.uncertainty ?? 0))));
  const ten = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map(n => n * ten).find(width => width >= most) ?? most;
}

/** Microseconds of a time with up to six decimals: Date knows only three. */
export function timeUs(text: string): number {
  const decimals = /\.(\d+)/.exec(text)?.[1] ?? "";
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  return whole * 1000 + Number(decimals.padEnd(6, "0").slice(0, 6));
}
