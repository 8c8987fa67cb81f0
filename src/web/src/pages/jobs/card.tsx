import { mayNot } from "../../live/me";
import { api } from "../../api/http";
import { isOpen, type JobView } from "../../api/jobs";
import { locale, words } from "../../i18n";
import { byOf, refusalOf } from "../../i18n/say";
import { link } from "../../live/connection";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Download } from "../../parts/download";
import { State, type Tone } from "../../parts/state";
import { bytes, dateTime, duration, moment, nowUs, second } from "../../time";
import { cancel, ending, endProblem, forget, sent } from "./asked";

const tones: Record<JobView["state"], Tone> = { waiting: "unknown", running: "pending", done: "ok", failed: "bad", cancelled: "quiet" };

/** A job: what it is about, how far it is, and what came of it. */
export function JobCard({ job, nameOf }: { job: JobView; nameOf?: (id: string) => string }) {
  const w = words.value.jobs;
  return (
    <article class="card job" data-job={job.id} data-kind={job.kind} data-state={job.state}>
      <div class="row">
        <h3 class="grow">{title(job, nameOf)}</h3>
        <State tone={tones[job.state]}>{w.states[job.state]}</State>
        <End job={job} />
      </div>
      {about(job) && <p class="quiet small">{about(job)}</p>}
      {isOpen(job) ? <Progress job={job} /> : <Ended job={job} />}
      {endProblem.value?.id === job.id && <p class="error-text" role="alert">{endProblem.value.text}</p>}
    </article>
  );
}

function title(job: JobView, nameOf: (id: string) => string = id => id): string {
  const [w, s] = [words.value.jobs, job.subject];
  switch (job.kind) {
    case "check": return s.repair ? w.repairTitle : s.quick ? w.quickTitle : w.checkTitle;
    case "import": return w.importOf(s.files ?? 0, nameOf(s.recorders?.[0] ?? ""));
    default: return s.session ? w.exportOfSession(s.session) : (s.recorders?.length ?? 0) > 3 ? w.exportOfMany(s.recorders!.length) : w.exportOf((s.recorders ?? []).map(nameOf).join(", "));
  }
}

function about(job: JobView): string {
  const [w, s] = [words.value.jobs, job.subject];
  const told: string[] = [];
  if (s.from_us !== null && s.to_us !== null) told.push(`${moment(s.from_us)}, ${duration(s.to_us - s.from_us)}`);
  if (s.format) told.push(s.format === "opus" ? "Opus" : s.format.toUpperCase());
  if (s.layout && job.kind === "export") told.push(w.layouts[s.layout] ?? s.layout);
  return told.join(" · ");
}

function End({ job }: { job: JobView }) {
  const w = words.value.jobs;
  const open = isOpen(job);
  const why = link.value !== "live" ? words.value.shell.hubGone : ending.value.has(job.id) ? words.value.waiting : mayNot("operate");
  return <Button small kind="bare" name={open ? "cancel" : "forget"} busy={ending.value.has(job.id)} why={why} onPress={() => void (open ? cancel : forget)(job.id)}>{open ? w.cancel : w.forget}</Button>;
}

function Progress({ job }: { job: JobView }) {
  second.value;
  const w = words.value.jobs;
  if (job.state === "waiting") return <Waiting job={job} />;
  const part = job.total ? Math.min(1, job.done / job.total) : null;
  const told = [percent(part), job.bytes > 0 ? bytes(job.bytes) : "", speed(job), job.ends_us === null ? "" : w.left(duration(Math.max(0, Math.round((job.ends_us - nowUs()) / 1e6) * 1e6)))];
  return <Bar part={part} told={told.filter(t => t !== "")} />;
}

const percent = (part: number | null): string => (part === null ? "" : part.toLocaleString(locale.value, { style: "percent" }));

/** For its turn, or for the files that a browser sends; how much there is to send knows only the page that does. */
function Waiting({ job }: { job: JobView }) {
  const w = words.value.jobs;
  const all = sent.value.get(job.id);
  if (job.kind !== "import") return <p class="quiet small">{w.waitsForTurn}</p>;
  if (all === undefined) return <p class="quiet small">{job.bytes > 0 ? w.received(bytes(job.bytes)) : w.waitsForFiles}</p>;
  const part = Math.min(1, job.bytes / all);
  return <Bar part={part} told={[percent(part), w.receivedOf(bytes(job.bytes), bytes(all))]} />;
}

/** How far it is; null: nobody knows of how much. */
export function Bar({ part, told }: { part: number | null; told: readonly string[] }) {
  return (
    <div class="job-progress">
      <progress aria-label={words.value.jobs.progress} {...(part === null ? {} : { value: part })} max={1} />
      <span class="quiet small figures" data-name="told">{told.join(" · ")}</span>
    </div>
  );
}

function speed(job: JobView): string {
  const w = words.value.jobs;
  if (job.per_second === null) return "";
  const rate = (value: number): string => value.toLocaleString(locale.value, { maximumFractionDigits: value < 10 ? 1 : 0 });
  return job.unit === "frames" && job.rate_hz ? w.timesReal(rate(job.per_second / job.rate_hz)) : w.filesPerSecond(rate(job.per_second));
}

function Ended({ job }: { job: JobView }) {
  const w = words.value.jobs;
  return (
    <>
      {job.problem && <p class="error-text">{refusalOf(job.problem)}</p>}
      {job.state === "done" && job.kind === "check" && <p>{job.findings_total === 0 ? w.sound(job.done) : w.found(job.done, job.findings_total)}</p>}
      {job.findings.length > 0 && (
        <ul class="rows small findings">
          {job.findings.map((f, i) => (
            <li key={i} data-finding={f.kind}>
              <State tone={f.kind === "stored" || f.mended ? "ok" : f.kind === "known" ? "quiet" : "warn"}>{w.findings[f.kind] ?? f.kind.replaceAll("_", " ")}</State>
              <span class="grow"><span class="mono">{f.name}</span> <span class="quiet">{refusalOf(f.detail)}{f.mended ? ` (${refusalOf(f.mended)})` : ""}</span></span>
            </li>
          ))}
          {job.findings_total > job.findings.length && <li class="quiet">{w.more(job.findings_total - job.findings.length)}</li>}
        </ul>
      )}
      <div class="row small">
        {job.file && <Download kind={job.kind === "export" ? "button primary" : "button small"} name="download" file={job.file.name} href={api("jobs", job.id, "file")}>{w.download} <span class="figures">{bytes(job.file.bytes)}</span></Download>}
        {job.file && job.kind === "export" && <Download kind="button small" name="manifest" file={`${job.file.name}.json`} href={api("jobs", job.id, "manifest")}>{w.manifest}</Download>}
        <span class="quiet">{job.by && byOf(job.by)} · <Age us={job.ended_us} />{job.file && job.kept_until_us !== null ? ` · ${w.keptUntil(dateTime(job.kept_until_us))}` : ""}</span>
      </div>
    </>
  );
}
