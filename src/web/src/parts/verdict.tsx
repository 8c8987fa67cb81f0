import { words } from "../i18n";
import type { Asked } from "../live/commands";
import { duration } from "../time";
import { reasonOf, verdictWord } from "../i18n/say";
import { State, type Tone } from "./state";

const tones: Record<string, Tone> = {
  confirmed: "ok", accepted: "ok", sent: "ok", done: "ok", superseded: "quiet", simulated: "warn", cancelled: "quiet", not_idle: "quiet", not_recording: "quiet",
  pending: "pending", refused: "bad", timed_out: "bad", contradicted: "bad", lost_link: "bad", failed: "bad", not_sent: "bad", partly: "warn", ambiguous: "warn", unknown: "unknown", stale: "unknown",
};

export const verdictTone = (verdict: string): Tone => tones[verdict] ?? "unknown";

/** A verdict in a word, with its reason. */
export function Verdict({ verdict, reason, tookMs }: { verdict: string; reason?: string | null; tookMs?: number | null }) {
  const why = reason ? reasonOf(reason) : null;
  const took = tookMs ? ` · ${duration(tookMs * 1000)}` : "";
  return <State tone={verdictTone(verdict)} {...(why ? { title: why } : {})}>{verdictWord(verdict)}{took}{why ? <>: {why}</> : null}</State>;
}

/** What became of the last thing that was asked here. */
export function Outcome({ asked }: { asked: Asked | undefined }) {
  return (
    <span class="outcome" role="status" data-asked={asked?.state ?? "none"}>
      {asked && (asked.state === "ended"
        ? <><span class="quiet">{asked.what}</span> <Verdict verdict={asked.verdict ?? "unknown"} reason={asked.reason} tookMs={asked.tookMs} /></>
        : <><span class="quiet">{asked.what}</span> <State tone="pending">{words.value.waiting}</State></>)}
    </span>
  );
}
