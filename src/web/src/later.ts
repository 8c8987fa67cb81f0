// What is loaded only when it is looked at.
import { link } from "./live/connection";

const KEY = "chorale.renewed", ONCE_IN_MS = 60_000, STAYS_MS = 5_000;

/** Not again and again, should the file be missing there as well. */
function mayRenew(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < ONCE_IN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
    return true;
  } catch {
    return false; // a browser that keeps nothing
  }
}

/** A line that has just gone is still called live: to load the page anew would lose it. */
const isThere = (): Promise<boolean> => fetch(location.pathname, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(STAYS_MS) }).then(answer => answer.ok, () => false);

/** A hub that answers and does not have the file was renewed since this page was opened: then the page is loaded anew. */
export async function later<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (e) {
    if (link.peek() === "live" && (await isThere()) && mayRenew()) {
      location.reload();
      await new Promise(done => setTimeout(done, STAYS_MS)); // somebody may choose to stay
    }
    throw e;
  }
}
