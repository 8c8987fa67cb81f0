import { mayNot } from "../../../live/me";
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, ask, HubError } from "../../../api/http";
import { words } from "../../../i18n";
import { commandFleet, lastOf } from "../../../live/commands";
import { link } from "../../../live/connection";
import { Button } from "../../../parts/button";
import { duration, nowUs, second } from "../../../time";
import { TARGET } from "../bar";
import { isThere, targets, whyNobody } from "../chosen";

/** Whom the question is about; a choice that changes meanwhile changes nothing of it. */
const question = signal<readonly string[] | null>(null);
const forgetProblem = signal<string | null>(null);

export function EndForm() {
  const w = words.value.fleet;
  const { all, isChosen } = targets.value;
  const there = all.filter(isThere);
  const gone = all.filter(m => !isThere(m));
  const last = lastOf(TARGET);
  useEffect(() => () => { question.value = null; }, []);
  const forget = async (): Promise<void> => {
    forgetProblem.value = null;
    for (const m of gone) {
      try {
        await ask(api("modules", m.id), { method: "DELETE" });
      } catch (e) {
        forgetProblem.value = `${m.id}: ${e instanceof HubError ? e.message : words.value.shell.hubGone}`;
        return;
      }
    }
  };
  return (
    <div class="panel" id="end-form">
      <p class="quiet">{w.endMeans}</p>
      {question.value === null
        ? <div class="row"><Button name="ask-shutdown" why={whyNobody("configure") ?? (!isChosen ? w.endNeedsChoice : there.length === 0 ? w.notThere : null)} busy={last !== undefined && last.state !== "ended"} onPress={() => { question.value = there.map(m => m.id); }}>{w.end}…</Button></div>
        : <Question ids={question.value} />}
      <details class="free">
        <summary>{w.technicians}</summary>
        <p class="quiet">{w.forgetMeans}</p>
        <div class="row">
          <Button name="forget" why={link.value !== "live" ? words.value.shell.hubGone : !isChosen ? w.endNeedsChoice : gone.length === 0 ? w.nobodyGone : mayNot("forget")} onPress={() => void forget()}>{w.forgetN(gone.length)}</Button>
          {forgetProblem.value && <span class="error-text" role="alert">{forgetProblem.value}</span>}
        </div>
      </details>
    </div>
  );
}

/** Names what ends with each before it does. */
function Question({ ids }: { ids: readonly string[] }) {
  const w = words.value.fleet;
  second.value;
  const first = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => first.current?.focus(), []); // before it is seen: Escape works from the first moment
  const all = targets.value.all.filter(m => ids.includes(m.id));
  const end = (): void => {
    question.value = null;
    void commandFleet(TARGET, w.end, { command: "shutdown", modules: [...ids] });
  };
  return (
    <div class="card sunk" role="alertdialog" aria-label={w.endAsks(ids.length)} tabIndex={-1} ref={first} id="end-question" onKeyDown={e => { if (e.key === "Escape") question.value = null; }}>
      <p><strong>{w.endAsks(ids.length)}</strong></p>
      <ul class="ends">{all.map(m => (
        <li key={m.id}><strong>{m.id}</strong>{" "}
          {[m.state === "recording" ? w.endRecords(m.recording_id ?? "", m.recording_since_us === null ? "?" : duration(nowUs() - m.recording_since_us)) : null,
            m.continuous ? w.endContinuous : null, m.queue_chunks ? w.endQueue(w.chunks(m.queue_chunks)) : null].filter(t => t !== null).join("; ")}
        </li>
      ))}</ul>
      <div class="row">
        <Button name="shutdown" kind="danger" why={whyNobody("configure")} onPress={end}>{w.endNow(ids.length)}</Button>
        <Button name="cancel" onPress={() => { question.value = null; }}>{w.cancel}</Button>
      </div>
    </div>
  );
}
