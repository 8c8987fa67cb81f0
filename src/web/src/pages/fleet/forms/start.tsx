import { signal } from "@preact/signals";
import { words } from "../../../i18n";
import { commandFleet, lastOf } from "../../../live/commands";
import { Button } from "../../../parts/button";
import { duration, nowUs, second } from "../../../time";
import { TARGET } from "../bar";
import { address, isIdle, targets, whyNobody } from "../chosen";
import { ID, seconds } from "../values";
import { Field } from "./field";

// Kept while events come, and when one looks at another page and returns.
const id = signal(""), length = signal(""), preRoll = signal(""), lead = signal(""), at = signal(""), isLater = signal(false);

const DAY_US = 86_400e6;

/** A time of this computer's clock, in UTC microseconds; null where there is none. */
export function localUs(text: string): number | null {
  const ms = new Date(text).getTime();
  return text === "" || Number.isNaN(ms) ? null : ms * 1000;
}

export function StartForm() {
  const w = words.value.fleet;
  second.value;
  const idle = targets.value.all.filter(isIdle).length;
  const last = lastOf(TARGET);
  const atUs = isLater.value ? localUs(at.value) : null;
  const wrong = {
    id: id.value !== "" && !ID.test(id.value) ? w.badId : null,
    length: length.value !== "" && !((seconds(length.value) ?? 0) > 0) ? w.badLength : null,
    preRoll: preRoll.value !== "" && !((seconds(preRoll.value) ?? -1) >= 0 && seconds(preRoll.value)! <= 3600) ? w.badPreRoll : null,
    lead: !isLater.value && lead.value !== "" && !(/^\d+$/.test(lead.value) && Number(lead.value) <= 60_000) ? w.badLead : null,
    at: isLater.value && (atUs === null || atUs <= nowUs() || atUs > nowUs() + DAY_US) ? w.badTime : null,
  };
  const why = whyNobody() ?? Object.values(wrong).find(p => p !== null) ?? (idle === 0 ? w.nobodyIdle : null);
  const send = (): void => {
    if (why) return;
    void commandFleet(TARGET, w.start, {
      command: "start", ...address(), ...(id.value ? { recording_id: id.value } : {}), ...(length.value ? { duration_s: seconds(length.value) } : {}),
      ...(preRoll.value ? { pre_roll_s: seconds(preRoll.value) } : {}), ...(atUs !== null ? { start_at_us: atUs } : lead.value ? { lead_ms: Number(lead.value) } : {}),
    });
  };
  return (
    <form class="panel" id="start-form" onSubmit={e => { e.preventDefault(); send(); }}>
      <div class="fields">
        <Field name="recording_id" label={w.recordingId} value={id} hint={w.recordingIdHint} wrong={wrong.id} max={64} mono />
        <Field name="duration" label={w.length} value={length} hint={w.lengthHint} wrong={wrong.length} max={16} />
        <Field name="pre_roll" label={w.preRoll} value={preRoll} hint={w.preRollHint} wrong={wrong.preRoll} max={16} />
        <fieldset class="choice">
          <legend>{w.when}</legend>
          <label><input type="radio" name="when" checked={!isLater.value} onChange={() => { isLater.value = false; }} /> {w.soon}</label>
          <label><input type="radio" name="when" data-name="later" checked={isLater.value} onChange={() => { isLater.value = true; }} /> {w.at}</label>
          {isLater.value
            ? <Field name="at" label={w.at} value={at} type="datetime-local" hint={atUs !== null && atUs > nowUs() ? `${w.inTime(duration(atUs - nowUs()))} (${new Date(atUs / 1000).toISOString().slice(0, 19)}Z)` : w.atHint} wrong={at.value === "" ? null : wrong.at} />
            : <Field name="lead" label={w.lead} value={lead} hint={w.leadHint} wrong={wrong.lead} max={6} />}
        </fieldset>
      </div>
      <div class="row">
        <Button name="send-start" kind="primary" shape="record" why={why} busy={last !== undefined && last.state !== "ended"} onPress={send}>{w.together(idle)}</Button>
        <span class="quiet small">{w.onlyIdle}</span>
      </div>
    </form>
  );
}
