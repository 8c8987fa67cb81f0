import { mayLook } from "../../live/me";
import { useEffect } from "preact/hooks";
import { api, postJson } from "../../api/http";
import { link } from "../../live/connection";
import { newId } from "../../live/commands";

/** Longer than between two askings, so that the levels do not stop in between. */
const SECONDS = 20;
const AGAIN_MS = 12_000;
const LOOK_MS = 1_000;

/** Modules whose tiles can be seen: of five hundred nobody looks at all levels at once. */
export const inSight = new Set<string>();

/** Asks the modules in sight for their levels, ten times a second, as long as somebody looks at this page. */
export function useWatch(): void {
  const live = link.value === "live";
  useEffect(() => {
    if (!live) return;
    const asked = new Map<string, number>();
    const look = (): void => {
      if (document.hidden || !mayLook.peek()) return;
      const now = performance.now();
      const due = [...inSight].filter(id => now - (asked.get(id) ?? -AGAIN_MS) >= AGAIN_MS);
      if (due.length === 0) return;
      for (const id of due) asked.set(id, now);
      postJson(api("commands"), { id: newId(), from: "page", command: "watch", modules: due, seconds: SECONDS }).catch(() => {}); // levels of the status go on
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [live]);
}
