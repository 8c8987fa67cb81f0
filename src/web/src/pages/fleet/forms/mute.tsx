import { signal } from "@preact/signals";
import { words } from "../../../i18n";
import { commandFleet, lastOf } from "../../../live/commands";
import { Button } from "../../../parts/button";
import { nowUs, second } from "../../../time";
import { TARGET } from "../bar";
import { address, targets, whyNobody } from "../chosen";
import { Field } from "./field";
import { localUs } from "./start";

const minutes = signal("15"), until = signal("");
const MINUTES_MAX = 7 * 24 * 60;

export function MuteForm() {
  const w = words.value.fleet;
  second.value;
  const all = targets.value.all;
  const last = lastOf(TARGET);
  const busy = last !== undefined && last.state !== "ended";
  const untilUs = localUs(until.value);
  const count = Number(minutes.value.replace(",", "."));
  const wrong = untilUs !== null ? untilUs <= nowUs() || untilUs > nowUs() + MINUTES_MAX * 60e6 ? w.badMinutes : null : count > 0 && count <= MINUTES_MAX ? null : w.badMinutes;
  const muted = all.filter(m => m.muted_until_us !== null && m.muted_until_us > nowUs());
  const why = whyNobody() ?? wrong;
  const mute = (): void => {
    if (!why) void commandFleet(TARGET, w.mute, { command: "mute", ...address(), ...(untilUs !== null ? { until_us: untilUs } : { seconds: count * 60 }) });
  };
  return (
    <form class="panel" id="mute-form" onSubmit={e => { e.preventDefault(); mute(); }}>
      <p class="quiet">{w.muteMeans}</p>
      <div class="fields">
        <Field name="minutes" label={w.muteFor} value={minutes} max={8} wrong={untilUs === null ? wrong : null} onFirst={() => { until.value = ""; }} />
        <Field name="until" label={w.muteUntil} value={until} type="datetime-local" wrong={untilUs !== null ? wrong : null} hint={w.atHint} />
      </div>
      <div class="row">
        <Button name="send-mute" kind="primary" why={why} busy={busy} onPress={mute}>{w.mute} {all.length}</Button>
        <Button name="send-unmute" why={whyNobody() ?? (muted.length === 0 ? w.nobodyMuted : null)} busy={busy} onPress={() => void commandFleet(TARGET, w.unmute, { command: "unmute", modules: muted.map(m => m.id) })}>{w.unmute} {muted.length}</Button>
      </div>
    </form>
  );
}
