import type { SessionManifest } from "../../api/types";
import { words } from "../../i18n";
import { Card } from "../../parts/card";
import { ms } from "./numbers";
import { scaleOf, startsOf, zeroOf } from "./align";
import { dateTime } from "../../time";

/** Each module's first frame against the common start: a point with the width of what is not known of it. */
export function Alignment({ manifest }: { manifest: SessionManifest }) {
  const w = words.value.recordings;
  const starts = startsOf(manifest);
  const zero = zeroOf(manifest);
  if (zero === null || starts.every(s => s.after === null)) return null;
  const scale = scaleOf(starts);
  const x = (us: number): number => 50 + (us / scale) * 46;
  return (
    <Card title={w.alignment} id="alignment">
      <p class="quiet small">{manifest.start_at === null ? w.zeroFirst : w.zeroCommon(dateTime(zero))}</p>
      <div class="align">
        {starts.map(s => (
          <div class="align-row" key={s.module} data-module={s.module} data-after={s.after ?? ""}>
            <span class="align-name">{s.module}</span>
            <svg class="align-line" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <line class="align-zero" x1="50" x2="50" y1="0" y2="10" />
              {s.after !== null && s.uncertainty !== null && <rect class="align-doubt" x={x(s.after - s.uncertainty)} width={(s.uncertainty / scale) * 92} y="2" height="6" />}
              {s.after !== null && <line class={s.synchronised ? "align-start" : "align-start loose"} x1={x(s.after)} x2={x(s.after)} y1="1" y2="9" />}
            </svg>
            <span class="figures small align-number">{s.after === null ? w.notTold : `${s.after > 0 ? "+" : ""}${ms(s.after)} ms${s.uncertainty === null ? `, ${w.uncertain}` : ` \u00b1 ${ms(s.uncertainty)}`}`}</span>
          </div>
        ))}
        <div class="align-row quiet small figures" aria-hidden="true"><span /><span class="align-scale"><span>{"\u2212"}{ms(scale)} ms</span><span>0</span><span>+{ms(scale)} ms</span></span><span /></div>
      </div>
    </Card>
  );
}
