import { useEffect, useState } from "preact/hooks";
import { getJson, HubError } from "../api/http";
import { words } from "../i18n";

/** What an address answers, asked again when `again` changes; the problem in words. */
export function useAnswer<T>(address: string, again: unknown = 0): { value: T | null; problem: string | null } {
  const [answer, setAnswer] = useState<{ value: T | null; problem: string | null }>({ value: null, problem: null });
  useEffect(() => {
    const gone = new AbortController();
    getJson<T>(address, gone.signal).then(
      value => setAnswer({ value, problem: null }),
      (e: unknown) => { if (!gone.signal.aborted) setAnswer(old => ({ value: old.value, problem: e instanceof HubError ? e.message : words.value.shell.hubGone })); });
    return () => gone.abort();
  }, [address, again]);
  return answer;
}
