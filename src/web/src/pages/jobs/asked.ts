// What this page has asked of jobs, and what the hub said no to. What becomes of a job is told by the hub alone.
import { signal } from "@preact/signals";
import { cancelJob, forgetJob, type JobView } from "../../api/jobs";
import { HubError } from "../../api/http";
import { words } from "../../i18n";
import { newId } from "../../live/commands";
import { jobs } from "../../live/store";

/** One place from which jobs are begun: the last one of it, and why none was. */
export interface Begun {
  state: "none" | "sending" | "begun" | "refused";
  id: string | null;
  problem: string | null;
}

export const none: Begun = { state: "none", id: null, problem: null };

/** Bytes of the imports that are sent from here: the hub says what has come, not of how much. */
export const sent = signal<ReadonlyMap<string, number>>(new Map());

export const problemOf = (e: unknown): string => (e instanceof HubError ? e.message : words.peek().jobs.notKnown);

/** Begins a job; the same place does not begin a second one while the hub has not answered. */
export async function begin(at: { value: Begun }, post: (id: string) => Promise<JobView>): Promise<string | null> {
  if (at.value.state === "sending") return null;
  const id = newId();
  at.value = { state: "sending", id, problem: null };
  try {
    const job = await post(id);
    jobs.put(job.id, jobs.find(job.id) ?? job); // an event may have been faster, and newer
    at.value = { state: "begun", id, problem: null };
    return id;
  } catch (e) {
    at.value = { state: "refused", id: null, problem: problemOf(e) };
    return null;
  }
}

/** Jobs whose end was asked for and not heard of yet. */
export const ending = signal<ReadonlySet<string>>(new Set());
export const endProblem = signal<{ id: string; text: string } | null>(null);

/** Cancels a job that is open: one that ends meanwhile keeps what it made. */
export const cancel = (id: string): Promise<void> => end(id, cancelJob);

/** Forgets a job that has ended, with its file. */
export const forget = (id: string): Promise<void> => end(id, forgetJob);

async function end(id: string, tell: (id: string) => Promise<Response>): Promise<void> {
  if (ending.value.has(id)) return;
  ending.value = new Set(ending.value).add(id);
  endProblem.value = null;
  try {
    await tell(id);
  } catch (e) {
    if (!(e instanceof HubError && e.status === 404)) endProblem.value = { id, text: problemOf(e) };
  } finally {
    const left = new Set(ending.value);
    left.delete(id);
    ending.value = left;
  }
}
