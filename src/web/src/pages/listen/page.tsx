import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/card";
import { bytes, duration } from "../../time";
import { Title } from "../title";
import { ExportBar } from "./export";
import { day, goToDay, goToNow, goToTime, HOUR, move, recorders, told, watch, zoomTo, zoomUs } from "./state";
import { Track } from "./track";

const ZOOMS = [720, 168, 24, 6, 1, 1 / 6];

export function ListenPage() {
  const w = words.value.listen;
  useEffect(watch, []);
  const all = recorders.value;
  const sum = (of: (r: NonNullable<typeof all>[number]) => number): number => (all ?? []).reduce((total, r) => total + of(r), 0);
  return (
    <div class="stack">
      <Title text={w.title}>
        <p id="stats" class="quiet">{all && all.length > 0 && w.stats(all.length, duration(sum(r => r.covered_us)), bytes(sum(r => r.bytes)))}</p>
        <div class="row when" role="group" aria-label={w.dayAndZoom}>
          <Button id="earlier" label={w.earlier} shape="left" onPress={() => move(-0.5)}>{null}</Button>
          <input id="day" type="date" aria-label={w.day} value={day.value} onChange={e => goToDay(e.currentTarget.value)} />
          <Button id="later" label={w.later} shape="right" onPress={() => move(0.5)}>{null}</Button>
          <input id="time" type="time" aria-label={w.time} onChange={e => goToTime(e.currentTarget.value)} />
          <Button id="today" onPress={goToNow}>{w.now}</Button>
          <select id="zoom" aria-label={w.show} onChange={e => zoomTo(Number(e.currentTarget.value) * HOUR)}>
            {ZOOMS.map(hours => <option key={hours} value={String(hours)} selected={Math.abs(hours - zoomUs.value / HOUR) < 0.01}>{w.zooms(hours)}</option>)}
          </select>
        </div>
      </Title>
      <div id="recorders" class="stack" aria-busy={told.value === null} data-state={told.value === null ? "loading" : "ready"}>
        {(all ?? []).map(recorder => <Track key={recorder.id} recorder={recorder} />)}
      </div>
      <ExportBar />
      {all && all.length > 0 && (
        <p class="legend quiet">
          <span class="swatch sound" />{w.legend.audio}<span class="swatch" />{w.legend.nothing}<span class="swatch trouble" />{w.legend.trouble}<span class="swatch lost" />{w.legend.lost}
        </p>
      )}
      {all && all.length === 0 && <Empty id="empty">{w.empty}</Empty>}
    </div>
  );
}
