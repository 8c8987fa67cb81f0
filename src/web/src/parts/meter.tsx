import { formatNumber } from "../formats";
import { locale, words } from "../i18n";

const FLOOR_DB = -72;

/** A level of -72 to 0 dBFS: mean as a bar, peak as a line, and in words. */
export function Meter({ rms, peak, title }: { rms: number | null; peak?: number | null; title?: string }) {
  if (rms === null) return null;
  const part = (db: number): number => Math.max(0, Math.min(100, (1 - db / FLOOR_DB) * 100));
  const text = `${formatNumber(locale.value, rms, { maximumFractionDigits: 0 }).replace("-", "\u2212")} dBFS`;
  return (
    <span class="level quiet" title={title}>
      <svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={words.value.level(text)}>
        <rect class="meter-back" width="100" height="8" />
        <rect class={rms > -3 ? "meter-bar hot" : "meter-bar"} width={part(rms)} height="8" />
        {peak !== null && peak !== undefined && <rect class="meter-peak" x={Math.min(98.5, part(peak))} width="1.5" height="8" />}
      </svg>
      <span class="figures">{text}</span>
    </span>
  );
}
