import type { StorageView } from "../../api/types";
import { api } from "../../api/http";
import { words } from "../../i18n";
import { again } from "../../live/again";
import { snapshotAt } from "../../live/store";
import { Age } from "../../parts/age";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Said } from "../../parts/said";
import { State } from "../../parts/state";
import { bytes, duration, moment, nowUs } from "../../time";
import { useAnswer } from "../answer";

const DAY_US = 86_400e6;

/** How long audio is kept, how full the disk is, and when it will be. */
export function Storage() {
  const s = words.value.access.settings;
  const { value: v } = useAnswer<StorageView>(api("storage"), `${snapshotAt.value} ${again.value}`);
  return (
    <Card id="storage" title={s.retention} aside={v && <Age us={v.now_us} />}>
      {v === null ? <Empty>{s.forecastLater}</Empty> : (
        <>
          <Facts>
            <Fact name={s.keepFor}>{v.keep_days === null ? s.forEver : s.keepDays(v.keep_days)}</Fact>
            <Fact name={s.keepSize}>{v.keep_bytes === null ? s.noBound : bytes(v.keep_bytes)}</Fact>
            <Fact name={s.floor}>{bytes(v.floor_bytes)}</Fact>
            <Fact name={s.holds}>{bytes(v.held_bytes)}</Fact>
            {v.free_bytes !== null && <Fact name={s.disk}>{v.total_bytes === null ? bytes(v.free_bytes) : s.of(bytes(v.free_bytes), bytes(v.total_bytes))}</Fact>}
            {v.bytes_per_day !== null && <Fact name={s.rate}>{s.perDay(bytes(v.bytes_per_day))}</Fact>}
            {v.oldest_us !== null && <Fact name={s.oldest}>{moment(v.oldest_us)}</Fact>}
            <Fact name={s.full}><span id="storage-full"><Full v={v} /></span></Fact>
            {v.reach_us !== null && <Fact name={words.value.log.health.reach}>{v.reach_us <= v.now_us ? words.value.log.health.reachNow : words.value.log.health.fullIn(duration(v.reach_us - v.now_us))}</Fact>}
          </Facts>
          {v.basis_days !== null && v.basis_days > 0 && <p class="quiet small">{s.computed(duration(v.basis_days * DAY_US))}</p>}
        </>
      )}
      <p class="quiet small"><Said text={s.setWhere} /></p>
    </Card>
  );
}

function Full({ v }: { v: StorageView }) {
  const s = words.value.access.settings;
  if (v.bytes_per_day === null || v.free_bytes === null) return <State tone="unknown">{s.notKnown}</State>;
  if (v.full_at_us === null) return <State tone="ok">{s.notFull}</State>;
  const left = v.full_at_us - nowUs();
  return <State tone={left < 7 * DAY_US ? "bad" : left < 30 * DAY_US ? "warn" : "ok"}>{duration(Math.max(0, left))}</State>;
}
