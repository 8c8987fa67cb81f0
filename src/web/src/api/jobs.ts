// Long work, asked of /api/v2/jobs. Times are microseconds since 1970 UTC; absent is null.
import { api, ask, getJson, postJson } from "./http";
import type { components } from "./schema";

type Bodies = components["schemas"];

export type JobView = Bodies["JobView"];
export type JobState = Bodies["JobState"];
export type ExportEstimate = Bodies["ExportEstimateView"];
export type Layout = "aligned" | "separate" | "multichannel";
export type Format = "opus" | "flac" | "wav";

export interface ExportRequest {
  recorders?: string[];
  session?: string;
  modules?: string[];
  from_us?: number;
  to_us?: number;
  format: Format;
  layout: Layout;
}

export const isOpen = (job: JobView): boolean => job.state === "waiting" || job.state === "running";
export const beginExport = (id: string, request: ExportRequest): Promise<JobView> => postJson<JobView>(api("jobs", "exports"), { ...request, id });
export const estimate = async (request: ExportRequest, signal: AbortSignal): Promise<ExportEstimate> =>
  (await (await ask(api("jobs", "exports", "estimate"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request), signal })).json()) as ExportEstimate;
export const beginCheck = (id: string, quick: boolean, repair: boolean): Promise<JobView> => postJson<JobView>(api("jobs", "checks"), { id, quick, repair });
export const beginImport = (id: string, recorder: string, files: { name: string; bytes: number; start_us: number | null }[]): Promise<JobView> =>
  postJson<JobView>(api("jobs", "imports"), { id, recorder, files });
/** However long it takes: the hub says how far it is. */
export const sendFile = (id: string, number: number, body: Blob, signal: AbortSignal): Promise<Response> => ask(api("jobs", id, "files", number), { method: "PUT", body, signal });
export const jobOf = (id: string): Promise<JobView> => getJson<JobView>(api("jobs", id));
/** Cancels a job that is open; one that has just ended stays. It may take a moment to let go of its files. */
export const cancelJob = (id: string): Promise<Response> => ask(`${api("jobs", id)}?open_only=true`, { method: "DELETE", signal: AbortSignal.timeout(30_000) });
/** Forgets a job that has ended, with its file. */
export const forgetJob = (id: string): Promise<Response> => ask(api("jobs", id), { method: "DELETE" });
