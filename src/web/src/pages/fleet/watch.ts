import { useEffect } from "preact/hooks";
import { api, postJson } from "../../api/http";
import { link } from "../../live/connection";
import { newId } from "../../live/commands";

/** Longer than between two askings, so that the levels do not stop in between. */
const SECONDS = 20;
const AGAIN_MS = 12_000;

/** Asks all modules for their levels, ten times a second, as long as somebody looks at this page. */
export function useWatch(count: number): void {
  const some = count > 0;
  const live = link.value === "live";
  useEffect(() => {
    if (!some || !live) return;
    const ask = (): void => {
      if (!document.hidden) postJson(api("commands"), { id: newId(), command: "watch", seconds: SECONDS }).catch(() => {}); // levels of the status go on
    };
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [some, live]);
}
