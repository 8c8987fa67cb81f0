export const PATIENCE_MS = 10_000;

/** What the hub said no with, in words for a person. */
export class HubError extends Error {
  readonly status: number;
  readonly body: unknown;

  /** Of a problem+json: what kind of no it is, for a program. */
  get type(): string {
    return typeOf(this.body);
  }

  constructor(message: string, status: number, body: unknown = null) {
    super(message);
    [this.status, this.body] = [status, body];
  }
}

/** What goes with each request, and who is told of a refusal; live/me.ts fills it in. */
export const caller = {
  antiforgery: null as string | null,
  words: (_type: string): string | null => null,
  said: (text: string): string => text,
  refused: (_type: string): void => {},
};

function typeOf(body: unknown): string {
  const type = body !== null && typeof body === "object" ? (body as Record<string, unknown>)["type"] : null;
  return typeof type === "string" ? type : "";
}

/** Marks a request as the page's own: the hub then leaves the login to the page. */
export function marked(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  headers.set("X-Chorale-Page", "1");
  if (caller.antiforgery !== null && (init.method ?? "GET") !== "GET") headers.set("X-Chorale-Antiforgery", caller.antiforgery);
  return { ...init, headers };
}

/** What the hub said no with; who has to know of it is told. */
export async function refusal(answer: Response): Promise<HubError> {
  const body: unknown = await answer.json().catch(() => null);
  const type = typeOf(body);
  caller.refused(type);
  return new HubError(caller.words(type) ?? caller.said(problemText(answer.status, body)), answer.status, body);
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
  const answer = await fetch(path, { ...marked(init), signal: init.signal ?? AbortSignal.timeout(PATIENCE_MS) });
  if (answer.ok) return answer;
  throw await refusal(answer);
}

export const getJson = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await (await ask(path, signal ? { signal } : {})).json()) as T;

export const postJson = <T>(path: string, body: unknown, wait: number | AbortSignal = PATIENCE_MS): Promise<T> => sendJson<T>("POST", path, body, wait);

export const sendJson = async <T>(method: string, path: string, body: unknown, wait: number | AbortSignal = PATIENCE_MS): Promise<T> =>
  (await (await ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: typeof wait === "number" ? AbortSignal.timeout(wait) : wait })).json()) as T;

/** Takes back what was asked. Null: it had not come, and will not be done. */
export async function withdraw<T>(path: string): Promise<T | null> {
  const answer = await ask(path, { method: "DELETE" });
  return answer.status === 204 ? null : ((await answer.json()) as T);
}

/** A path of the API, each part encoded: names come from the network. */
export const api = (...parts: (string | number)[]): string => "api/v2/" + parts.map(p => encodeURIComponent(p)).join("/");
