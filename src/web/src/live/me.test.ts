import { afterEach, describe, expect, it, vi } from "vitest";
import type { WhoView } from "../api/access";
import { ask, caller, HubError, postJson } from "../api/http";
import { askWho, logIn, mayNot, me } from "./me";

const who = (change: Partial<WhoView>): WhoView => ({ user: "vera", role: "viewer", can: ["read"], via: "session", antiforgery: "form-1", first_start: false, ...change });
const answer = (status: number, body: object): Response => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const settle = async (): Promise<void> => { for (let i = 0; i < 20; i++) await Promise.resolve(); };

afterEach(() => {
  vi.unstubAllGlobals();
  me.value = null;
  caller.antiforgery = null;
});

describe("who looks", () => {
  it("is told why not, by role, and of an open hub what would change that", () => {
    expect(mayNot("operate")).toBeNull(); // not known yet: the hub decides
    me.value = who({});
    expect(mayNot("read")).toBeNull();
    expect(mayNot("stop")).toBe("This needs an operator; you are a viewer");
    expect(mayNot("send_raw")).toBe("This needs a technician; you are a viewer");
    me.value = who({ user: null, role: null, via: "open", can: ["read", "operate"] });
    expect(mayNot("operate")).toBeNull();
    expect(mayNot("administer")).toContain("no users yet");
  });

  it("sends what belongs to the login with each change, and never with a look", async () => {
    const fetch = vi.fn(async (..._: unknown[]) => answer(200, who({ antiforgery: "form-2" })));
    vi.stubGlobal("fetch", fetch);
    await logIn("vera", "gru\u0308n und gelb");
    expect(JSON.parse((fetch.mock.calls[0]![1] as RequestInit).body as string).password).toBe("gr\u00fcn und gelb");
    await postJson("api/v2/commands", {});
    await ask("api/v2/recorders");
    const headers = fetch.mock.calls.map(c => (c[1] as RequestInit).headers as Headers);
    expect(headers.map(h => h.get("X-Chorale-Antiforgery"))).toEqual([null, "form-2", null]);
    expect(headers.every(h => h.get("X-Chorale-Page") === "1")).toBe(true);
  });

  it("is drawn for once what the first view needs is on its way, and never later than it has patience for", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", vi.fn(async () => answer(200, who({}))));
    let ready = (): void => {};
    const prepare = vi.fn((): Promise<void> => new Promise(done => { ready = done; }));
    const asked = askWho(prepare);
    await vi.advanceTimersByTimeAsync(100);
    expect([prepare.mock.calls.length, me.value]).toEqual([1, null]);
    ready();
    await asked;
    expect(me.value?.user).toBe("vera");
    me.value = null;
    const late = askWho(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(1000);
    await late;
    expect(me.value).not.toBeNull();
    vi.useRealTimers();
  });

  it("is asked again after a refusal that says the page is old, and the refusal is said in the page's words", async () => {
    me.value = who({});
    vi.stubGlobal("fetch", vi.fn(async (path: string) => (path.endsWith("session") ? answer(200, who({ antiforgery: "form-3" })) : answer(403, { type: "urn:chorale:stale-form", detail: "..." }))));
    const no = await postJson("api/v2/commands", {}).catch((e: unknown) => e);
    expect(no).toBeInstanceOf(HubError);
    expect((no as HubError).message).toContain("nothing was done");
    await settle();
    expect(caller.antiforgery).toBe("form-3");
  });

  it("is who logged in last, whatever an older question is answered with", async () => {
    let reply: (r: Response) => void = () => {};
    vi.stubGlobal("fetch", vi.fn((_: string, init: RequestInit) => (init.method === "POST" ? Promise.resolve(answer(200, who({ user: "tom", role: "technician" }))) : new Promise<Response>(done => { reply = done; }))));
    const old = askWho();
    await logIn("tom", "secret words");
    reply(answer(200, who({ user: null, role: null, can: [], via: "nobody" })));
    await old;
    expect(me.value?.user).toBe("tom");
  });
});
