import { signal } from "@preact/signals";
import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { clock, moment } from "../../time";
import { play } from "./playing";
import { findAt, gapKind } from "./say";
import { DAY, lengthOf } from "./scale";
import { nameOf, view } from "./state";
import { said, told } from "./told";
import { tell } from "./words";

interface Tip {
  id: string;
  us: number;
  x: number;
  y: number;
  /** Stays until it is put away: a finger cannot hover. */
  pinned: boolean;
}

export const tip = signal<Tip | null>(null);

/** What lies under the pointer; of a pinned gap also where the audio goes on. */
export function TipBox() {
  const t = tip.value;
  if (!t) return null;
  const found = findAt(told.value.get(t.id), t.us, lengthOf(view.value) / 400);
  const kind = found.kind === "gap" ? gapKind(found.cause) : null;
  const after = told.value.get(t.id)?.timeline.spans.find(s => s.from_us >= t.us);
  const right = t.x > window.innerWidth / 2;
  return (
    <div class={`tip${t.pinned ? " pinned" : ""}`} data-kind={found.kind} style={{ top: `${t.y}px`, ...(right ? { right: `${window.innerWidth - t.x}px` } : { left: `${t.x}px` }) }} role={t.pinned ? "status" : undefined} aria-hidden={t.pinned ? undefined : "true"}>
      <strong class="figures">{lengthOf(view.value) > DAY ? moment(t.us) : clock(t.us)}</strong>
      <span class="row">{kind && kind !== "plain" && <Icon shape={kind === "lost" ? "bad" : "warn"} size={14} />}{tell(found)}</span>
      {t.pinned && (
        <span class="row">
          {after && <Button small shape="play" name="after-gap" onPress={() => { tip.value = null; play(t.id, nameOf(t.id), after.from_us); }}>{words.value.timeline.playAfter(clock(after.from_us))}</Button>}
          <Button small kind="bare" onPress={() => { tip.value = null; }}>{words.value.listen.close}</Button>
        </span>
      )}
    </div>
  );
}

/** For who does not see: what a key found. */
export function Said() {
  const s = said.value;
  return <p class="unseen" role="status" id="said">{s && (s.found ? tell(s.found) : words.value.timeline.noMoreGaps)}</p>;
}
