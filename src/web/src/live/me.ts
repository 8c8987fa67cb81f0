// Who looks at this page, and what may be done from it. The hub decides; here it is said before a button is pressed.
import { computed, effect, signal } from "@preact/signals";
import type { Action, WelcomeView, WhoView } from "../api/access";
import { api, ask, caller, getJson, HubError, postJson } from "../api/http";
import { words } from "../i18n";
import { refusalOf } from "../i18n/say";
import { leaving, link } from "./connection";

const roleOf: Record<Action, "viewer" | "operator" | "technician"> = {
  read: "viewer", operate: "operator", stop: "operator", edit_rooms: "technician", send_raw: "technician", configure: "technician", forget: "technician", administer: "technician",
};

/** Null until the hub has said it. */
export const me = signal<WhoView | null>(null);

/** False while somebody has to log in first. */
export const mayLook = computed(() => me.value === null || me.value.can.includes("read"));

/** Why something may not be done from here, for `why=` of a button; null: it may. */
export function mayNot(action: Action): string | null {
  const who = me.value;
  if (who === null || who.can.includes(action)) return null; // not known yet: the hub says no by itself
  const w = words.value.access;
  if (who.via === "open") return w.needFirst;
  return (w.need[roleOf[action]] ?? "") + (who.role ? w.needIs(who.role) : "");
}

let asking: Promise<void> | null = null;

let isAskedAgain = false;
let taken = 0;

/** Nothing is drawn later than this because of what is asked before. */
const PREPARE_MS = 150;

/**
 * Asks the hub who this is; many who ask at once ask once, and what a login said meanwhile is newer. `prepare` is what is begun once that is
 * known and before anything is drawn for them.
 */
export function askWho(prepare?: (who: WhoView) => Promise<void> | null): Promise<void> {
  isAskedAgain = asking !== null;
  return (asking ??= (async () => {
    do {
      isAskedAgain = false;
      const before = taken;
      // A hub that is not there says nothing, and the banner says that.
      const who = await getJson<WhoView>(api("session")).catch(() => null);
      const work = who === null ? null : prepare?.(who);
      prepare = undefined;
      if (work) await Promise.race([work, new Promise(done => setTimeout(done, PREPARE_MS))]);
      if (who !== null && before === taken) take(who);
    } while (isAskedAgain);
    asking = null;
  })());
}

function take(who: WhoView): void {
  taken++;
  if (JSON.stringify(me.peek()) !== JSON.stringify(who)) me.value = who; // every button hangs on it
  caller.antiforgery = who.antiforgery;
}

export async function logIn(name: string, password: string): Promise<void> {
  take(await postJson<WhoView>(api("session"), { name, password: plain(password) }, LOGIN_PATIENCE_MS));
}

/** Everything this page has heard goes with the login. */
export async function logOut(): Promise<void> {
  const end = (): Promise<Response> => ask(api("session"), { method: "DELETE" });
  leaving(true);
  try {
    await end().catch(async (e: unknown) => {
      if (!isStale(e)) throw e;
      await askWho(); // to go means the same however old the page is
      await end();
    });
    location.reload();
  } catch (e) {
    leaving(false);
    throw e;
  }
}

export const lookAtLink = (secret: string): Promise<WelcomeView> => postJson<WelcomeView>(api("welcome", "look"), { secret });

export async function useLink(secret: string, name: string, password: string): Promise<void> {
  take(await postJson<WhoView>(api("welcome"), { secret, name, password: plain(password) }, LOGIN_PATIENCE_MS));
}

export const changePassword = (old: string, next: string): Promise<Response> => ask(api("session", "password"), {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ old: plain(old), new: plain(next) }), signal: AbortSignal.timeout(LOGIN_PATIENCE_MS),
});

/** The same letters are the same password on every keyboard. */
const plain = (password: string): string => password.normalize("NFC");

/** Passwords are looked at one after the other. */
const LOGIN_PATIENCE_MS = 30_000;

export const isStale = (e: unknown): boolean => e instanceof HubError && e.type === "urn:chorale:stale-form";

caller.words = type => (type === "urn:chorale:stale-form" ? words.peek().access.stale : null);
caller.said = refusalOf;
caller.refused = type => {
  if (["urn:chorale:login", "urn:chorale:stale-form", "urn:chorale:role"].includes(type)) void askWho(); // what this page knew of itself is old
};

// Each time the stream begins: another login may have taken this browser's cookie meanwhile.
effect(() => { if (link.value === "live") void askWho(); });
