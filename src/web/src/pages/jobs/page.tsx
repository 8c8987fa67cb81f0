import { mayNot } from "../../live/me";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { beginCheck, isOpen } from "../../api/jobs";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { jobs, snapshotAt } from "../../live/store";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { recorders } from "../listen/state";
import { watch } from "../listen/told";
import { nameOf } from "../listen/stretch";
import { Title } from "../title";
import { begin, none, type Begun } from "./asked";
import { JobCard } from "./card";
import { ImportForm } from "./import";

const check = signal<Begun>(none);
const quick = signal(false);
const repair = signal(false);

/** Long work of the hub: what runs, what came of what ran, and what can be begun here. */
export function JobsPage() {
  const w = words.value.jobs;
  useEffect(() => (recorders.peek() === null ? watch() : undefined), []);
  const all = [...jobs.all.values()].map(j => j.value).sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.created_us - a.created_us);
  return (
    <div class="stack">
      <Title text={w.title} />
      <section class="stack live" id="jobs" aria-label={w.title} data-count={all.length}>
        {all.map(job => <JobCard key={job.id} job={job} nameOf={nameOf} />)}
        {snapshotAt.value !== null && all.length === 0 && <Empty>{w.empty}</Empty>}
      </section>
      <div class="grid wide">
        <CheckForm />
        <ImportForm />
      </div>
    </div>
  );
}

function CheckForm() {
  const w = words.value.jobs;
  const asked = check.value;
  const why = link.value !== "live" ? words.value.shell.hubGone : asked.state === "sending" ? words.value.waiting : mayNot(repair.value ? "configure" : "operate"); // Repair sets rows and files aside
  return (
    <Card title={w.checkTitle} id="check">
      <p class="quiet small">{w.checkMeans}</p>
      <div class="stack tight">
        <label class="tick-box"><input type="checkbox" id="check-quick" checked={quick.value} onChange={e => { quick.value = e.currentTarget.checked; }} />{w.quick}</label>
        <label class="tick-box"><input type="checkbox" id="check-repair" checked={repair.value} onChange={e => { repair.value = e.currentTarget.checked; }} />{w.repair}</label>
        <div class="row">
          <Button id="check-begin" why={why} busy={asked.state === "sending"} onPress={() => void begin(check, id => beginCheck(id, quick.value, repair.value))}>{w.beginCheck}</Button>
          <span role="status" data-asked={asked.state}>{asked.problem && <span class="error-text">{asked.problem}</span>}</span>
        </div>
      </div>
    </Card>
  );
}
