import { signal } from "@preact/signals";
import { words } from "../../i18n";
import { commandFleet, lastOf } from "../../live/commands";
import { Button } from "../../parts/button";
import { Outcome } from "../../parts/verdict";
import { address, chooseGroup, chosen, groups, isBusy, isIdle, membersOf, targets, whyNobody } from "./chosen";
import { ConfigForm } from "./forms/config";
import { EndForm } from "./forms/end";
import { MuteForm } from "./forms/mute";
import { ScheduleForm } from "./forms/schedule";
import { StartForm } from "./forms/start";

export const TARGET = "fleet";

const panels = ["start", "config", "schedule", "mute", "end"] as const;
type Panel = (typeof panels)[number];
const open = signal<Panel | null>(null);

const forms: Record<Panel, () => preact.JSX.Element> = { start: StartForm, config: ConfigForm, schedule: ScheduleForm, mute: MuteForm, end: EndForm };

/** Whom commands go to, and the commands. */
export function Bar() {
  const w = words.value.fleet;
  const { all, uploadOnly, isChosen } = targets.value;
  const idle = all.filter(isIdle).length;
  const busyOnes = all.filter(isBusy).length;
  const last = lastOf(TARGET);
  const busy = last !== undefined && last.state !== "ended";
  const order = (what: string, command: string): void => void commandFleet(TARGET, what, { command, ...address() });
  const Form = open.value && forms[open.value];
  return (
    <section class="card bar" aria-label={w.commands}>
      <div class="row">
        <p class="grow" id="whom" role="status">{isChosen ? w.chosen(all.length + uploadOnly) : w.everybody(all.length)}{uploadOnly > 0 && <span class="quiet"> {w.uploadOnlyChosen(uploadOnly)}</span>}</p>
        <span class="buttons" role="group" aria-label={w.select}>
          <span class="quiet small">{w.select}</span>
          {groups.map(g => <GroupButton key={g} group={g} />)}
          <Button small name="choose-none" kind="bare" onPress={() => { chosen.value = new Set(); }}>{w.unchoose}</Button>
        </span>
      </div>
      <div class="row">
        <Button name="start" kind="primary" shape="record" why={whyNobody() ?? (idle === 0 ? w.nobodyIdle : null)} busy={busy} onPress={() => order(w.start, "start")}>{w.startN(idle)}</Button>
        <Button name="stop" shape="stop" why={whyNobody() ?? (busyOnes === 0 ? w.nobodyRecords : null)} busy={busy} onPress={() => order(w.stop, "stop")}>{w.stopN(busyOnes)}</Button>
        {panels.map(p => (
          <button key={p} type="button" class="button" data-name={`panel-${p}`} aria-expanded={open.value === p} aria-controls="fleet-panel" onClick={() => { open.value = open.value === p ? null : p; }}>{w.panels[p]}</button>
        ))}
        {last && <Outcome asked={last} />}
      </div>
      <div id="fleet-panel" hidden={!Form}>{Form && <Form key={open.value} />}</div>
    </section>
  );
}

function GroupButton({ group }: { group: (typeof groups)[number] }) {
  const members = membersOf(group);
  return <Button small name={`choose-${group}`} why={members.length === 0 ? words.value.fleet.noneMatch : null} onPress={() => chooseGroup(group)}>{words.value.fleet.groups[group]} {members.length}</Button>;
}
