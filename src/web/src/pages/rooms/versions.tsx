import { useState } from "preact/hooks";
import { api, ask, HubError } from "../../api/http";
import type { SceneVersion } from "../../api/types";
import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { bytes, dateTime } from "../../time";
import { useAnswer } from "../answer";
import { around, diff } from "./diff";

/** Two texts against each other; what is gone and what is new by sign, word and colour. */
export function Diff({ from, to, label }: { from: string; to: string; label: string }) {
  const w = words.value.rooms;
  const all = around(diff(from, to));
  if (!all.some(l => l !== null && l.kind !== "same")) return <p class="quiet" data-name="no-difference">{w.noDifference}</p>;
  return (
    <pre class="diff mono" tabIndex={0} role="region" aria-label={label}>{all.map((l, i) => l === null
      ? <span key={i} class="quiet">⋯{"\n"}</span>
      : <span key={i} class={l.kind}>{l.kind === "same" ? "  " : l.kind === "gone" ? "− " : "+ "}<span class="unseen">{l.kind === "same" ? "" : l.kind === "gone" ? w.lineGone : w.lineNew}</span>{l.text}{"\n"}</span>)}</pre>
  );
}

/** What the file was before: each against what stands in the editor, and back to it. Nothing is written before Save. */
export function Versions({ room, name, text, again, onTake }: { room: string; name: string; text: string; again: unknown; onTake: (text: string) => void }) {
  const w = words.value.rooms;
  const { value, problem } = useAnswer<{ versions: SceneVersion[] }>(api("rooms", room, "scenes", name, "versions"), again);
  const [shown, setShown] = useState<{ id: string; text: string } | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const show = async (id: string): Promise<void> => {
    if (shown?.id === id) return setShown(null);
    setFailed(null);
    try {
      setShown({ id, text: await (await ask(api("rooms", room, "scenes", name, "versions", id))).text() });
    } catch (e) {
      setFailed(e instanceof HubError ? e.message : words.value.shell.hubGone);
    }
  };
  return (
    <Card title={w.versions} id="versions">
      {(problem ?? failed) && <p class="error-text">{problem ?? failed}</p>}
      {value?.versions.length === 0 && <Empty>{w.noVersions}</Empty>}
      <ul class="rows versions">{(value?.versions ?? []).map(v => (
        <li key={v.id} data-version={v.id}>
          <span class="grow">{v.replaced_us === null ? v.id : w.replaced(dateTime(v.replaced_us))} <span class="quiet small">{bytes(v.bytes)}</span></span>
          <button type="button" class="button small" data-name="compare" aria-expanded={shown?.id === v.id} onClick={() => void show(v.id)}>{w.compare}</button>
          {shown?.id === v.id && (
            <div class="version">
              <Diff from={text} to={shown.text} label={w.compare} />
              <Button small name="restore" onPress={() => onTake(shown.text)}>{w.restore}</Button>
            </div>
          )}
        </li>
      ))}</ul>
    </Card>
  );
}

export interface Theirs {
  text: string;
  tag: string | null;
}

/** Somebody saved meanwhile: what is there now against what was typed here, and a way on for each. */
export function Conflict({ mine, theirs, onMine, onTheirs }: { mine: string; theirs: Theirs; onMine: () => void; onTheirs: () => void }) {
  const w = words.value.rooms;
  return (
    <div class="card conflict" role="alert" id="conflict">
      <h2>{w.conflict}</h2>
      <p class="quiet">{w.conflictMeans}</p>
      <Diff from={theirs.text} to={mine} label={w.conflict} />
      <div class="row">
        <Button name="keep-mine" onPress={onMine}>{w.keepMine}</Button>
        <Button name="take-theirs" onPress={onTheirs}>{w.takeTheirs}</Button>
      </div>
    </div>
  );
}
