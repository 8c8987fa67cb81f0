import { useState } from "preact/hooks";
import { api } from "../../api/http";
import type { StorageView } from "../../api/types";
import { words } from "../../i18n";
import { again } from "../../live/again";
import { mayNot } from "../../live/me";
import { snapshotAt } from "../../live/store";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Said } from "../../parts/said";
import { bytes, duration, moment } from "../../time";
import { useAnswer } from "../answer";
import { KeepForm } from "./keep";
import { forDays, Full, reachOf, upTo } from "./outlook";

const DAY_US = 86_400e6;

/** How long audio is kept, how full the disk is, and when it will be. */
export function Storage() {
  const s = words.value.access.settings;
  const [turn, setTurn] = useState(0);
  const [newest, setNewest] = useState<StorageView | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const { value } = useAnswer<StorageView>(api("storage"), `${turn} ${snapshotAt.value} ${again.value}`);
  const v = newest !== null && newest.now_us > (value?.now_us ?? 0) ? newest : value;
  return (
    <Card id="storage" title={s.retention} aside={v && <Age us={v.now_us} />}>
      {v === null ? <Empty>{s.forecastLater}</Empty> : (
        <>
          {v.rule_problem !== null && <p class="form-problem" role="alert">{s.keep.unreadable(v.rule_problem)}</p>}
          <Facts>
            <Fact name={s.keepFor}>{forDays(v.keep_days)}</Fact>
            <Fact name={s.keepSize}>{upTo(v.keep_bytes)}</Fact>
            <Fact name={s.floor}>{bytes(v.floor_bytes)}</Fact>
            <Fact name={s.holds}>{bytes(v.held_bytes)}</Fact>
            {v.free_bytes !== null && <Fact name={s.disk}>{v.total_bytes === null ? bytes(v.free_bytes) : s.of(bytes(v.free_bytes), bytes(v.total_bytes))}</Fact>}
            {v.bytes_per_day !== null && <Fact name={s.rate}>{s.perDay(bytes(v.bytes_per_day))}</Fact>}
            {v.oldest_us !== null && <Fact name={s.oldest}>{moment(v.oldest_us)}</Fact>}
            <Fact name={s.full}><span id="storage-full"><Full v={v} /></span></Fact>
            {v.reach_us !== null && <Fact name={words.value.log.health.reach}>{reachOf(v)}</Fact>}
          </Facts>
          {v.basis_days !== null && v.basis_days > 0 && <p class="quiet small">{s.computed(duration(v.basis_days * DAY_US))}</p>}
          <p class="quiet small" id="keep-whose">{v.set_by !== null && v.set_us !== null
            ? s.keep.setBy(v.set_by, moment(v.set_us), `${forDays(v.file_keep_days)}, ${upTo(v.file_keep_bytes)}`)
            : <Said text={s.setWhere} />}</p>
          {isOpen
            ? <KeepForm v={v} onChanged={now => { if (now === null) return setTurn(t => t + 1); setNewest(now); setIsOpen(false); }} />
            : <span class="row"><Button name="keep-change" why={mayNot("configure")} onPress={() => setIsOpen(true)}>{s.keep.change}</Button></span>}
        </>
      )}
    </Card>
  );
}
