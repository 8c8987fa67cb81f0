import { mayNot } from "../../live/me";
import { signal } from "@preact/signals";
import { beginImport, jobOf, sendFile } from "../../api/jobs";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { jobs } from "../../live/store";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { bytes } from "../../time";
import { recorders } from "../listen/state";
import { fieldOf, fromField } from "../listen/stretch";
import { begin, cancel, none, problemOf, sent, type Begun } from "./asked";
import { startInName } from "./starts";

interface Chosen {
  file: File;
  start: number | null;
}

const recorder = signal("");
const chosen = signal<readonly Chosen[]>([]);
const asked = signal<Begun>(none);
/** A browser tells of no choice that is the same as the one before: for each import the field is a new one. */
const round = signal(0);

/** Stays while one walks through the pages; a page that is closed ends it, and the hub says so. */
async function send(): Promise<void> {
  const files = chosen.peek();
  const id = await begin(asked, job => beginImport(job, recorder.peek().trim(), files.map(c => ({ name: c.file.name, bytes: c.file.size, start_us: c.start }))));
  if (!id) return;
  chosen.value = [];
  sent.value = new Map(sent.peek()).set(id, files.reduce((sum, c) => sum + c.file.size, 0));
  round.value++;
  const gone = new AbortController();
  const watching = setInterval(() => { const job = jobs.find(id); if (job && job.state !== "waiting") gone.abort(); }, 500);
  try {
    for (let n = 0; n < files.length; n++) await sendFile(id, n, files[n]!.file, gone.signal);
  } catch (e) {
    // Cancelled: the hub refuses the file before its word of that has come, and so may the line.
    if (gone.signal.aborted || ((await jobOf(id).catch(() => null))?.state ?? "waiting") !== "waiting") return;
    asked.value = { state: "refused", id, problem: problemOf(e) };
    await cancel(id); // what has come is of no use without the rest
  } finally {
    clearInterval(watching);
  }
}

export function ImportForm() {
  const w = words.value.jobs;
  const files = chosen.value;
  const name = recorder.value.trim();
  const why = link.value !== "live" ? words.value.shell.hubGone
    : asked.value.state === "sending" ? words.value.waiting
    : files.length === 0 ? w.chooseFiles
    : !/^[A-Za-z0-9_-]{1,64}$/.test(name) ? w.nameAllowed
    : files.some(c => c.start === null) ? w.startMissing : mayNot("operate");
  return (
    <Card title={w.importTitle} id="import">
      <p class="quiet small">{w.importMeans}</p>
      <div class="stack tight">
        <label class="field block-field"><span>{w.importRecorder}</span>
          <input id="import-recorder" list="import-recorders" maxLength={64} value={recorder.value} onInput={e => { recorder.value = e.currentTarget.value; }} />
        </label>
        <datalist id="import-recorders">{(recorders.value ?? []).map(r => <option key={r.id} value={r.id}>{r.name ?? r.id}</option>)}</datalist>
        <label class="field block-field"><span>{w.files}</span>
          <input key={round.value} id="import-files" type="file" multiple accept=".ogg,.opus,.flac,.wav,.aif,.aiff,.mp3,audio/*"
            onChange={e => { chosen.value = [...(e.currentTarget.files ?? [])].map(file => ({ file, start: startInName(file.name) })); asked.value = none; }} />
        </label>
        {files.length > 0 && (
          <ul class="rows small">
            {files.map((c, i) => (
              <li key={i}>
                <span class="grow"><span class="mono">{c.file.name}</span> <span class="quiet figures">{bytes(c.file.size)}</span></span>
                <label class="field"><span>{w.begins}</span>
                  <input type="datetime-local" step={1} data-name="start" value={c.start === null ? "" : fieldOf(c.start)}
                    onChange={e => { const start = fromField(e.currentTarget.value); chosen.value = chosen.peek().map((other, n) => (n === i ? { ...other, start } : other)); }} />
                </label>
              </li>
            ))}
          </ul>
        )}
        <div class="row">
          <Button id="import-begin" why={why} busy={asked.value.state === "sending"} onPress={() => void send()}>{w.beginImport}</Button>
          <span role="status" data-asked={asked.value.state}>{asked.value.problem && <span class="error-text">{asked.value.problem}</span>}</span>
        </div>
      </div>
    </Card>
  );
}
