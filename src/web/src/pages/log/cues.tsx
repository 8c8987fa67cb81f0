import type { CueHealth } from "../../api/types";
import { locale, words } from "../../i18n";
import { Card, Empty } from "../../parts/card";
import { Table } from "../../parts/table";

const WIDTH = 560;
const HEIGHT = 140;
const FOOT = 22;
const HEAD = 16;

export const msText = (ms: number): string => `${ms.toLocaleString(locale.value, { maximumSignificantDigits: 3 })} ${words.value.units.ms}`;

/** Height of a bar by the logarithm of its count: one late cue among ten thousand is what one looks for. */
export const heightOf = (count: number, most: number): number => (count === 0 ? 0 : 0.08 + 0.92 * (Math.log10(1 + count) / Math.log10(1 + most)));

/** How late a room's cues were since the hub was started. */
export function Cues({ cues: c }: { cues: CueHealth }) {
  const w = words.value.log.health;
  if (c.cues === 0 || c.p50_ms === null || c.p99_ms === null) return <Card title={`${w.cues}: ${c.title}`}><Empty>{w.noCues}</Empty></Card>;
  const summary = w.cueSummary(c.cues, msText(c.p50_ms), msText(c.p99_ms), msText(c.max_ms));
  const most = Math.max(...c.counts);
  const step = WIDTH / c.counts.length;
  const label = (i: number): string => (i < c.bounds_ms.length ? c.bounds_ms[i]!.toLocaleString(locale.value) : w.later);
  return (
    <Card title={`${w.cues}: ${c.title}`} aside={<span class="quiet">{w.cuesSince}</span>} id={`cues-${c.room}`}>
      <p>{summary}</p>
      <div class="histogram" role="region" aria-label={`${w.cues}: ${c.title}`} tabIndex={0}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT + HEAD}`} role="img" aria-label={summary}>
          {c.counts.map((count, i) => {
            const height = heightOf(count, most) * HEIGHT;
            return (
              <g key={i}>
                <rect class={i > 8 ? "bar late" : "bar"} x={i * step + 2} width={step - 4} y={HEAD + HEIGHT - height} height={height} />
                {count > 0 && <text class="bar-count" x={(i + 0.5) * step} y={HEAD + HEIGHT - height - 3}>{count.toLocaleString(locale.value, { notation: "compact" })}</text>}
                <text class="bar-label" x={(i + 0.5) * step} y={HEIGHT + HEAD + 15}>{label(i)}</text>
              </g>
            );
          })}
          <line class="axis" x1={0} x2={WIDTH} y1={HEAD + HEIGHT} y2={HEAD + HEIGHT} />
        </svg>
      </div>
      <details>
        <summary>{w.asTable}</summary>
        <Table label={`${w.cues}: ${c.title}`} head={[w.bucket, w.count]}>
          {c.counts.map((count, i) => <tr key={i}><td>{i < c.bounds_ms.length ? msText(c.bounds_ms[i]!) : w.later}</td><td>{count.toLocaleString(locale.value)}</td></tr>)}
        </Table>
      </details>
    </Card>
  );
}
