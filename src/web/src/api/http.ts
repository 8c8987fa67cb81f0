export const PATIENCE_MS = 10_000;

/** What the hub said no with, in words for a person. */
export class HubError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(message: string, status: number, body: unknown = null) {
    super(message);
    [this.status, this.body] = [status, body];
  }
}

/** The words of a problem+json, or of whatever else came with a status. */
export function problemText(status: number, body: unknown): string {
  const problem = body !== null && typeof body === "object" ? (body as Record<string, unknown>) : {};
  const [title, detail] = [problem["title"], problem["detail"]];
  if (typeof detail === "string" && detail.length > 0) return detail;
  return typeof title === "string" && title.length > 0 ? title : `HTTP ${status}`;
}

/** Asks the hub; paths are relative to the page, so that a hub behind a path of another server is asked there. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { ...init, signal: init.signal ?? AbortSignal.timeout(PATIENCE_MS) });
  if (answer.ok) return answer;
  const body: unknown = await answer.json().catch(() => null);
  throw new HubError(problemText(answer.status, body), answer.status, body);
}

export const getJson = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await (await ask(path, signal ? { signal } : {})).json()) as T;

export const postJson = async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  (await (await ask(path, { ...(signal ? { signal } : {}), method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json()) as T;

/** A path of the API, each part encoded: names come from the network. */
export const api = (...parts: (string | number)[]): string => "api/v2/" + parts.map(p => encodeURIComponent(p)).join("/");
