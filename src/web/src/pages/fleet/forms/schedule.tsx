import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ModuleView } from "../../../api/types";
import { words } from "../../../i18n";
import { commandFleet, lastOf } from "../../../live/commands";
import { Button } from "../../../parts/button";
import { TARGET } from "../bar";
import { address, targets, whyNobody } from "../chosen";
import type { Value } from "../values";
import { DAY, readWindows, type Window } from "../windows";
import { Now } from "./config";
import { Field } from "./field";
import { Seen, Stale } from "./stale";

const windows = signal(""), zone = signal(""), save = signal(true);
const seen = new Seen(m => ({ windows: m.schedule?.windows ?? null, timezone: m.schedule?.timezone ?? null }));

/** As the browser knows them; an older one knows none to offer, and whatever is typed is the recorder's to judge. */
const zones: readonly string[] = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.("timeZone") ?? [];

function count(all: readonly ModuleView[], of: (m: ModuleView) => string | null): Value[] {
  const found = new Map<string | null, number>();
  for (const m of all) found.set(of(m), (found.get(of(m)) ?? 0) + 1);
  return [...found].map(([text, n]) => ({ text, count: n })).sort((a, b) => b.count - a.count);
}

export function ScheduleForm() {
  const w = words.value.fleet;
  const all = targets.value.all;
  useEffect(() => seen.look(all));
  useEffect(() => () => { if (windows.value === "") seen.forget(); }, []);
  const last = lastOf(TARGET);
  const text = windows.value.trim();
  const own = text.toLowerCase() === "settings";
  const read = text === "" || own ? null : readWindows(text);
  const bad = read && "bad" in read ? w.badWindows(read.bad) : null;
  const stale = seen.changes(all);
  const why = whyNobody("configure") ?? (stale.length > 0 ? w.staleWhy : null) ?? (text === "" ? w.nothingTyped : bad);
  const send = (): void => {
    if (why) return;
    const expect = seen.expect(all.filter(m => m.schedule !== null));
    void commandFleet(TARGET, w.words["schedule"]!, { command: "schedule", ...address(), schedule: text, ...(zone.value.trim() && !own ? { timezone: zone.value.trim() } : {}), save: save.value, expect })
      .then(() => { windows.value = ""; zone.value = ""; seen.forget(); });
  };
  return (
    <form class="panel" id="schedule-form" onSubmit={e => { e.preventDefault(); send(); }}>
      <Stale found={stale} onTake={() => seen.again(all)} />
      {all.length > 0 && all.every(m => m.schedule === null) && <p class="quiet">{w.noSchedule}</p>}
      <div class="fields wide">
        <Field name="windows" label={w.settings["windows"]!} value={windows} max={1000} mono hint={<>{w.windowsHint}<br /><Now values={count(all, m => m.schedule?.windows ?? null)} /></>} wrong={bad} />
        <Field name="timezone" label={w.settings["timezone"]!} value={zone} max={100} list={zones} hint={<>{w.zoneHint}<br /><Now values={count(all, m => m.schedule?.timezone ?? null)} /></>} />
      </div>
      {read && "windows" in read && <Week windows={read.windows} />}
      <div class="row">
        <Button name="send-schedule" kind="primary" why={why} busy={last !== undefined && last.state !== "ended"} onPress={send}>{w.apply(all.length)}</Button>
        <label class="check"><input type="checkbox" name="save" checked={save.value} onChange={e => { save.value = e.currentTarget.checked; }} /> {w.save}</label>
      </div>
    </form>
  );
}

/** The hours of a week that are open, a row a day, from Monday. */
export function Week({ windows: all }: { windows: readonly Window[] }) {
  const w = words.value.fleet;
  return (
    <svg class="week" viewBox="0 0 248 76" role="img" aria-label={w.week}>
      {[1, 2, 3, 4, 5, 6, 0].map((day, row) => (
        <g key={day}>
          <text x="2" y={row * 10 + 12}>{w.days[day]}</text>
          <rect class="week-day" x="24" y={row * 10 + 5} width="220" height="8" />
          {all.filter(x => x.day === day).map((x, i) => <rect key={i} class="week-open" x={24 + x.from / DAY * 220} y={row * 10 + 5} width={(x.to - x.from) / DAY * 220} height="8" />)}
        </g>
      ))}
      {[6, 12, 18].map(h => <line key={h} class="week-hour" x1={24 + h / 24 * 220} x2={24 + h / 24 * 220} y1="4" y2="74" />)}
    </svg>
  );
}
