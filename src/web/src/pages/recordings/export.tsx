import { mayNot } from "../../live/me";
import { useSignal } from "@preact/signals";
import { beginExport, isOpen, type Format, type Layout } from "../../api/jobs";
import type { SessionTracksView } from "../../api/sessions";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { jobs } from "../../live/store";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { begin, none, type Begun } from "../jobs/asked";
import { JobCard } from "../jobs/card";

const FORMATS: readonly Format[] = ["flac", "wav", "opus"];

/** What `chorale fleet export` does, by the hub. */
export function SessionExport({ told }: { told: SessionTracksView }) {
  const w = words.value;
  const format = useSignal<Format>("flac");
  const layout = useSignal<Layout>("aligned");
  const begun = useSignal<Begun>(none);
  const left = told.tracks.filter(t => t.source === "none").map(t => t.module);
  const why = told.frames === 0 ? w.recordings.nothingYet : link.value !== "live" ? w.shell.hubGone : begun.value.state === "sending" ? w.waiting
    : layout.value === "multichannel" && format.value === "opus" ? w.recordings.opusIsSingle : mayNot("operate");
  const mine = [...jobs.all.values()].map(j => j.value).filter(j => j.kind === "export" && j.subject.session === told.session_id)
    .sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.created_us - a.created_us);
  return (
    <Card title={w.jobs.export.begin} id="session-export">
      <div class="row">
        <label class="field"><span>{w.jobs.export.format}</span>
          <select data-name="format" value={format.value} onChange={e => { format.value = e.currentTarget.value as Format; }}>{FORMATS.map(f => <option key={f} value={f}>{f === "opus" ? "Opus" : f.toUpperCase()}</option>)}</select>
        </label>
        <label class="field"><span>{w.jobs.export.layout}</span>
          <select data-name="layout" value={layout.value} onChange={e => { layout.value = e.currentTarget.value as Layout; }}>
            <option value="aligned">{w.jobs.layouts.aligned}</option><option value="multichannel">{w.jobs.layouts.multichannel}</option>
          </select>
        </label>
        <Button id="session-export-begin" kind="primary" why={why} busy={begun.value.state === "sending"}
          onPress={() => void begin(begun, id => beginExport(id, { session: told.session_id, format: format.value, layout: layout.value }))}>{w.jobs.export.begin}</Button>
      </div>
      <p class="quiet small">{w.jobs.export.layoutMeans[layout.value]}</p>
      {left.length > 0 && <p class="quiet small">{w.jobs.export.leftOut(left.join(", "))}</p>}
      {begun.value.problem && <p class="error-text" role="alert">{begun.value.problem}</p>}
      {mine.map(job => <JobCard key={job.id} job={job} />)}
    </Card>
  );
}
