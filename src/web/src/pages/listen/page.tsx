import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/card";
import { bytes, duration } from "../../time";
import { Title } from "../title";
import { Axis, Overview } from "./axis";
import { ExportBar } from "./export";
import { KeyHelp } from "./help";
import { helpShown } from "./keys";
import { listRecordings } from "./recordings";
import { Rows } from "./rows";
import { lengthOf, STEPS, stepOf } from "./scale";
import { choosing, day, filter, follow, goToDay, goToNow, goToTime, isAll, keepAddress, move, recorders, rows, view, zoomStep, zoomTo } from "./state";
import { stretch } from "./stretch";
import { Said, TipBox } from "./tip";
import { settled, watch } from "./told";

export function ListenPage() {
  const [w, t] = [words.value.listen, words.value.timeline];
  useEffect(watch, []);
  useEffect(() => { // what was commanded lies over the rows, and is asked for once they are drawn
    let isAsked = false;
    return settled.subscribe(now => { if (now && !isAsked) { isAsked = true; void listRecordings(); } });
  }, []);
  const isChosen = stretch.value !== null;
  useEffect(() => { if (isChosen) document.getElementById("export")?.scrollIntoView({ block: "nearest" }); }, [isChosen]); // it stands above rows that may be far down
  const all = recorders.value;
  const sum = (of: (r: NonNullable<typeof all>[number]) => number): number => (all ?? []).reduce((total, r) => total + of(r), 0);
  return (
    <div class="stack">
      <Title text={w.title}>
        <p id="stats" class="quiet">{all && all.length > 0 && w.stats(all.length, duration(sum(r => r.covered_us)), bytes(sum(r => r.bytes)))}</p>
      </Title>
      <Overview />
      <Where />
      <KeyHelp />
      <ExportBar />
      <div id="recorders" class="card timeline" aria-busy={!settled.value} data-state={all === null || (rows.value.length > 0 && !settled.value) ? "loading" : "ready"} hidden={all === null || all.length === 0}>
        <Axis />
        <Rows />
        {all && all.length > 0 && rows.value.length === 0 && <Empty id="none-match">{t.noneMatch(filter.value)}</Empty>}
      </div>
      {all && all.length > 0 && (
        <p class="legend quiet">
          <span class="swatch sound" />{w.legend.audio}<span class="swatch loud" />{t.loud}<span class="swatch" />{w.legend.nothing}<span class="swatch trouble" />{w.legend.trouble}<span class="swatch lost" />{w.legend.lost}
          <span>{t.hands}</span>
        </p>
      )}
      {all && all.length === 0 && <Empty id="empty">{w.empty}</Empty>}
      <TipBox />
      <Said />
    </div>
  );
}

/** When, how much, whose. */
function Where() {
  const [w, t] = [words.value.listen, words.value.timeline];
  const length = lengthOf(view.value);
  const step = isAll.value ? "all" : stepOf(length);
  return (
    <div class="row when" role="group" aria-label={w.dayAndZoom}>
      <span class="row">
        <Button id="earlier" label={w.earlier} shape="left" onPress={() => move(-0.5)}>{null}</Button>
        <label class="field"><span>{w.day}</span><input id="day" type="date" value={day.value} onChange={e => goToDay(e.currentTarget.value)} /></label>
        <label class="field"><span>{t.time}</span><input id="time" type="time" aria-label={w.time} onChange={e => goToTime(e.currentTarget.value)} /></label>
        <Button id="later" label={w.later} shape="right" onPress={() => move(0.5)}>{null}</Button>
      </span>
      <span class="row">
        <Button id="today" pressed={follow.value} label={t.followNow} onPress={goToNow}>{w.now}</Button>
        <Button id="nearer" label={t.nearer} onPress={() => zoomStep(false)}>+</Button>
        <select id="zoom" aria-label={w.show} onChange={e => zoomTo(e.currentTarget.value)}>
          {step === null && <option value="" selected>{duration(length)}</option>}
          {STEPS.map(([name]) => <option key={name} value={name} selected={name === step}>{t.steps[name]}</option>)}
          <option value="all" selected={isAll.value}>{t.steps["all"]}</option>
        </select>
        <Button id="farther" label={t.farther} onPress={() => zoomStep(true)}>{"\u2212"}</Button>
      </span>
      <span class="row">
        <input id="filter" type="search" placeholder={t.filter} aria-label={t.filter} value={filter.value} onInput={e => { filter.value = e.currentTarget.value; keepAddress(); }} />
        <Button id="choose" pressed={choosing.value} onPress={() => { choosing.value = !choosing.value; }}>{t.choose}</Button>
        <Button id="show-keys" kind="bare" pressed={helpShown.value} onPress={() => { helpShown.value = !helpShown.value; }}>{t.keysButton}</Button>
      </span>
    </div>
  );
}
