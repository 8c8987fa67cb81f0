import { isOpen } from "../../api/jobs";
import { words } from "../../i18n";
import { jobs } from "../../live/store";
import { parts, to } from "../../router";

/** In the head of every page while work is under way: how much. */
export function JobsLink() {
  const w = words.value;
  const open = [...jobs.all.values()].filter(j => isOpen(j.value)).length;
  if (open === 0) return null;
  return (
    <a id="work" class="button bare small" href={to("jobs")} data-open={open} aria-current={parts.value[0] === "jobs" ? "page" : undefined} aria-label={w.jobs.linkLabel(open)}>
      {w.shell.places.jobs}<span class="count figures">{open}</span>
    </a>
  );
}
