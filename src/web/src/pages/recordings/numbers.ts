import { locale } from "../../i18n";
import type { Tone } from "../../parts/state";

export const sessionTones: Record<string, Tone> = { armed: "pending", recording: "ok", complete: "quiet", failed: "bad" };

export const ms = (us: number): string => (us / 1000).toLocaleString(locale.value, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).replace("-", "\u2212");

export const spreadOf = (s: { spread_us: number | null; spread_uncertainty_us: number | null }): string =>
  s.spread_us === null ? "" : `${ms(s.spread_us)} ms${s.spread_uncertainty_us === null ? "" : ` \u00b1 ${ms(s.spread_uncertainty_us)}`}`;
