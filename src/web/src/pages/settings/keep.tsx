import { useEffect, useState } from "preact/hooks";
import { api, HubError, postJson, sendJson } from "../../api/http";
import type { KeepEstimateView, StorageView } from "../../api/types";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { mayNot } from "../../live/me";
import { Button } from "../../parts/button";
import { Fact, Facts } from "../../parts/card";
import { State } from "../../parts/state";
import { bytes, moment } from "../../time";
import { forDays, Full, reachOf, upTo } from "./outlook";

const GB = 1e9;
const ASK_AFTER_MS = 250;

interface Rule {
  keep_days: number | null;
  keep_bytes: number | null;
}

/** What stands in a field: null for empty, NaN for what is no number above 0. */
function numberIn(text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text.trim().replace(",", "."));
  return value > 0 ? value : NaN;
}

/** Another rule of keeping: what it would delete and when the disk would be full stand beside it before it is set. */
export function KeepForm({ v, onChanged }: { v: StorageView; onChanged: (now: StorageView | null) => void }) {
  const k = words.value.access.settings.keep;
  const [days, setDays] = useState(v.keep_days === null ? "" : String(v.keep_days));
  const [size, setSize] = useState(v.keep_bytes === null ? "" : String(v.keep_bytes / GB));
  const [isFile, setIsFile] = useState(false);
  const [estimate, setEstimate] = useState<KeepEstimateView | null>(null);
  const [isSure, setIsSure] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const [seen, setSeen] = useState<Rule>({ keep_days: v.keep_days, keep_bytes: v.keep_bytes });
  const [d, s] = [numberIn(days), numberIn(size)];
  const fault = Number.isNaN(d) || (d ?? 0) >= 100_000 ? k.badDays : Number.isNaN(s) || (s ?? 0) > 1e6 ? k.badSize : null;
  const rule: Rule = isFile ? { keep_days: v.file_keep_days, keep_bytes: v.file_keep_bytes } : { keep_days: d, keep_bytes: s === null ? null : Math.round(s * GB) };
  const isSame = rule.keep_days === v.keep_days && rule.keep_bytes === v.keep_bytes && !isFile && v.rule_problem === null;
  const isStale = seen.keep_days !== v.keep_days || seen.keep_bytes !== v.keep_bytes;

  useEffect(() => {
    setEstimate(null);
    setIsSure(false);
    if (fault !== null) return;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      postJson<KeepEstimateView>(api("storage", "estimate"), rule, gone.signal).then(setEstimate, (e: unknown) => { if (!gone.signal.aborted) setProblem(said(e)); });
    }, ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [rule.keep_days, rule.keep_bytes, fault, turn]);

  const send = async (): Promise<void> => {
    if (isSending || estimate === null) return;
    setIsSending(true);
    setProblem(null);
    try {
      onChanged(await sendJson<StorageView>("PUT", api("storage", "rule"), { ...rule, as_file: isFile, seen, deletes_bytes: estimate.deletes_bytes }));
    } catch (e) {
      setProblem(said(e));
      setIsSending(false);
      setTurn(t => t + 1);
      onChanged(null); // what is true now stands above the form
    }
  };

  const why = link.value !== "live" ? words.value.shell.hubGone : fault ?? (isStale ? words.value.fleet.staleWhy : isSending || estimate === null ? words.value.waiting : isSame ? k.same : mayNot("configure"));
  const deletes = estimate !== null && estimate.deletes_bytes > 0;
  const type = (set: (text: string) => void) => (e: Event & { currentTarget: HTMLInputElement }): void => { set(e.currentTarget.value); setIsFile(false); setProblem(null); };
  return (
    <form id="keep" class="stack tight" data-state={isSending ? "sending" : estimate === null ? "asking" : "known"} onSubmit={e => { e.preventDefault(); if (why === null && !deletes) void send(); }}>
      <div class="row form-line">
        <label class="field"><span>{k.days}</span><input id="keep-days" inputMode="decimal" autocomplete="off" placeholder={words.value.access.settings.forEver} value={isFile ? String(v.file_keep_days ?? "") : days} onInput={type(setDays)} /></label>
        <label class="field"><span>{k.size}</span><input id="keep-size" inputMode="decimal" autocomplete="off" placeholder={words.value.access.settings.noBound} value={isFile ? String((v.file_keep_bytes ?? 0) / GB || "") : size} onInput={type(setSize)} /></label>
        {(v.set_by !== null || v.rule_problem !== null) && <Button small name="as-file" pressed={isFile} onPress={() => { setIsFile(!isFile); setProblem(null); }}>{k.asFile}</Button>}
      </div>
      <p class="quiet small">{k.empty}</p>
      <div aria-live="polite" id="keep-would">
        {estimate !== null && (
          <Facts>
            <Fact name={k.atOnce}>{deletes
              ? <State tone="bad">{estimate.deletes_until_us === null ? k.deletes(bytes(estimate.deletes_bytes), estimate.exact) : k.deletesUntil(bytes(estimate.deletes_bytes), moment(estimate.deletes_until_us), estimate.exact)}</State>
              : <State tone="ok">{k.deletesNothing}</State>}</Fact>
            <Fact name={words.value.access.settings.full}><Full v={{ ...v, full_at_us: estimate.full_at_us }} /></Fact>
            {estimate.reach_us !== null && <Fact name={words.value.log.health.reach}>{reachOf({ ...v, reach_us: estimate.reach_us })}</Fact>}
          </Facts>
        )}
      </div>
      <p class="form-problem" role="alert" id="keep-said">{isStale ? k.changed(`${forDays(v.keep_days)}, ${upTo(v.keep_bytes)}`) : problem}</p>
      {isStale && <span class="row"><Button small name="keep-seen" onPress={() => { setSeen({ keep_days: v.keep_days, keep_bytes: v.keep_bytes }); setProblem(null); }}>{words.value.fleet.takeNew}</Button></span>}
      {isSure && deletes ? (
        <span class="row" role="group" aria-label={k.sure(bytes(estimate.deletes_bytes))}>
          <strong>{k.sure(bytes(estimate.deletes_bytes))}</strong>
          <Button kind="danger" name="sure" why={why} busy={isSending} onPress={() => void send()}>{k.yes}</Button>
          <Button name="not-sure" onPress={() => setIsSure(false)}>{k.no}</Button>
        </span>
      ) : (
        <span class="row">
          <Button kind={deletes ? "danger" : "primary"} name="keep-save" why={why} busy={isSending} onPress={() => { if (deletes) setIsSure(true); else void send(); }}>{deletes ? k.saveDelete : k.save}</Button>
          <Button name="keep-cancel" onPress={() => onChanged(v)}>{k.cancel}</Button>
        </span>
      )}
    </form>
  );
}

const said = (e: unknown): string => (e instanceof HubError ? e.message : words.peek().access.noHub);
