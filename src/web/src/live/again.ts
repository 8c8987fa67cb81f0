// When what was asked for once is asked for again: the link is back, or somebody looks at this tab again.
import { effect, signal } from "@preact/signals";
import { link } from "./connection";

/** Rises then; for the `again` of `useAnswer`. */
export const again = signal(0);

const look = (): void => { if (!document.hidden && link.peek() === "live") again.value = again.peek() + 1; };

if (typeof window !== "undefined") {
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  effect(() => { if (link.value === "live") look(); });
}
