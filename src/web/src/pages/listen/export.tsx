import { mayNot } from "../../live/me";
import { computed, effect, signal } from "@preact/signals";
import { beginExport, estimate, type ExportEstimate, type ExportRequest, type Format, type Layout } from "../../api/jobs";
import { api, getJson } from "../../api/http";
import type { TimelineAnswer } from "../../api/timeline";
import { words } from "../../i18n";
import { refusalOf } from "../../i18n/say";
import { link } from "../../live/connection";
import { jobs } from "../../live/store";
import { Button } from "../../parts/button";
import { Download } from "../../parts/download";
import { bytes, duration } from "../../time";
import { begin, none, problemOf, type Begun } from "../jobs/asked";
import { JobCard } from "../jobs/card";
import { play } from "./playing";
import { recorders } from "./state";
import { addressOf, choose, covered, fieldOf, formats, fromField, nameOf, stretch, there } from "./stretch";

type Whose = "this" | "chosen" | "all";

const LAYOUTS: readonly Layout[] = ["aligned", "separate", "multichannel"];
const ESTIMATE_AFTER_MS = 250;
const LOOK_AFTER_MS = 100;

const whose = signal<Whose>("this");
const others = signal<ReadonlySet<string>>(new Set());
const format = signal<Format>("flac");
const layout = signal<Layout>("aligned");
const begun = signal<Begun>(none);
const estimated = signal<{ of: string; told: ExportEstimate | null; problem: string | null } | null>(null);

/** What would be asked for as things are chosen; null without a stretch. */
const wanted = computed<ExportRequest | null>(() => {
  const s = stretch.value;
  if (!s) return null;
  const all = (recorders.value ?? []).map(r => r.id);
  const ids = whose.value === "all" ? all : whose.value === "chosen" ? all.filter(id => id === s.id || others.value.has(id)) : [s.id];
  // One recorder alone is given as it was captured.
  return { recorders: ids.length > 0 ? ids : [s.id], from_us: s.from, to_us: s.to, format: format.value, layout: ids.length > 1 ? layout.value : "separate" };
});
const key = computed(() => JSON.stringify(wanted.value));

let waiting: ReturnType<typeof setTimeout> | undefined;
let asking: AbortController | undefined;
effect(() => {
  const of = key.value;
  const request = wanted.peek();
  clearTimeout(waiting);
  asking?.abort();
  if (!request) return;
  waiting = setTimeout(() => {
    const mine = (asking = new AbortController());
    estimate(request, mine.signal).then(
      told => { estimated.value = { of, told: told.files > 0 ? told : null, problem: told.problem && refusalOf(told.problem) }; },
      (e: unknown) => { if (!mine.signal.aborted) estimated.value = { of, told: null, problem: problemOf(e) }; });
  }, ESTIMATE_AFTER_MS);
});

// Asked anew as audio arrives, for it may belong into the stretch.
const news = computed(() => recorders.value?.find(r => r.id === stretch.value?.id)?.chunks);
let looking: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const of = stretch.value;
  news.value;
  clearTimeout(looking);
  if (!of || link.value !== "live") return;
  looking = setTimeout(() => {
    getJson<TimelineAnswer>(`${api("timeline")}?recorder=${encodeURIComponent(of.id)}&from=${of.from}&to=${of.to}&detail=spans`).then(
      told => { if (stretch.peek() === of) there.value = { of, spans: told.recorders[0]!.spans }; },
      () => {}); // it stays unknown; what is wrong with the hub stands above
  }, LOOK_AFTER_MS);
});

/** What is chosen, to the second: saved at once as one recorder's file, or made into a file by the hub, which says how far it is. */
export function ExportBar() {
  const s = stretch.value;
  const w = words.value.listen;
  if (!s) return null;
  const change = (end: "from" | "to", text: string): void => {
    const us = fromField(text);
    if (us !== null) choose(s.id, end === "from" ? us : s.from, end === "to" ? us : s.to);
  };
  const some = covered.value;
  const why = some === null ? w.thereUnknown : some === 0 ? w.nothingThere : null;
  return (
    <section class="card export" id="export" aria-label={w.exportTitle} data-covered={some ?? "unknown"}>
      <div class="row">
        <h2 class="grow">{w.exportOf(nameOf(s.id))}</h2>
        <Button kind="bare" small onPress={() => { stretch.value = null; }}>{w.close}</Button>
      </div>
      <div class="row">
        <label class="field"><span>{w.from}</span><input id="export-from" type="datetime-local" step={1} value={fieldOf(s.from)} onChange={e => change("from", e.currentTarget.value)} /></label>
        <label class="field"><span>{w.to}</span><input id="export-to" type="datetime-local" step={1} value={fieldOf(s.to)} onChange={e => change("to", e.currentTarget.value)} /></label>
        <span class="quiet figures">{some === null ? w.exportUnknown(duration(s.to - s.from)) : w.exportLength(duration(s.to - s.from), duration(some))}</span>
      </div>
      <div class="row">
        <Button shape="play" why={why} onPress={() => play(s.id, nameOf(s.id), s.from)}>{w.play}</Button>
        <span class="quiet">{words.value.jobs.export.atOnce}</span>
        {formats.map(f => <Download key={f} id={`export-${f}`} why={why} href={addressOf(s, f)}>{w.save(f)}</Download>)}
      </div>
      <Several id={s.id} />
    </section>
  );
}

function Several({ id }: { id: string }) {
  const w = words.value.jobs.export;
  const all = recorders.value ?? [];
  const request = wanted.value!;
  const many = (request.recorders?.length ?? 0) > 1;
  const known = estimated.value?.of === key.value ? estimated.value : null;
  const why = link.value !== "live" ? words.value.shell.hubGone : begun.value.state === "sending" ? words.value.waiting : known?.problem ?? mayNot("operate");
  const job = begun.value.id ? jobs.find(begun.value.id) : undefined;
  return (
    <div class="export-job" data-state={known ? (known.told ? "estimated" : "refused") : "estimating"}>
      <div class="row">
        <label class="field"><span>{w.whose}</span>
          <select id="export-whose" value={whose.value} onChange={e => { whose.value = e.currentTarget.value as Whose; }}>
            <option value="this">{w.thisOne}</option>
            {all.length > 1 && <option value="all">{w.all(all.length)}</option>}
            {all.length > 2 && <option value="chosen">{w.chosen}</option>}
          </select>
        </label>
        <label class="field"><span>{w.format}</span>
          <select id="export-format" value={format.value} onChange={e => { format.value = e.currentTarget.value as Format; }}>
            {formats.map(f => <option key={f} value={f}>{f === "opus" ? "Opus" : f.toUpperCase()}</option>)}
          </select>
        </label>
        {many && (
          <label class="field"><span>{w.layout}</span>
            <select id="export-layout" value={layout.value} onChange={e => { layout.value = e.currentTarget.value as Layout; }}>
              {LAYOUTS.map(l => <option key={l} value={l}>{words.value.jobs.layouts[l]}</option>)}
            </select>
          </label>
        )}
      </div>
      {whose.value === "chosen" && (
        <fieldset class="choices">
          <legend class="unseen">{w.whose}</legend>
          {all.map(r => (
            <label key={r.id} class="tick-box">
              <input type="checkbox" checked={r.id === id || others.value.has(r.id)} disabled={r.id === id}
                onChange={e => { const next = new Set(others.value); if (e.currentTarget.checked) next.add(r.id); else next.delete(r.id); others.value = next; }} />
              {r.name ?? r.id}
            </label>
          ))}
        </fieldset>
      )}
      {many && <p class="quiet small">{w.layoutMeans[layout.value]}</p>}
      <div class="row">
        <Button id="export-begin" kind="primary" why={why} busy={begun.value.state === "sending"} onPress={() => void begin(begun, made => beginExport(made, request))}>{w.begin}</Button>
        <span class="quiet figures" id="export-estimate">{known ? known.told && w.about(bytes(known.told.bytes), duration(known.told.length_us), known.told.files, known.told.file_name) : w.estimating}</span>
      </div>
      {known?.problem && <p class="error-text" role="status">{known.problem}</p>}
      {known?.told && known.told.left_out.length > 0 && <p class="quiet small">{w.leftOut(known.told.left_out.map(l => l.name).join(", "))}</p>}
      {begun.value.problem && <p class="error-text" role="alert">{begun.value.problem}</p>}
      {job && <JobCard job={job} nameOf={nameOf} />}
    </div>
  );
}
