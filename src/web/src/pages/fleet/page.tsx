import { words } from "../../i18n";
import { broker } from "../../live/store";
import { Empty } from "../../parts/card";
import { Said } from "../../parts/said";
import { parts } from "../../router";
import { Title } from "../title";
import { sorts, type Sort } from "./arrange";
import { Bar } from "./bar";
import { chooseGroup } from "./chosen";
import { Detail } from "./detail";
import { Doing } from "./doing";
import { filter, recorders, shown, sort, useArchive } from "./roster";
import { Tile } from "./tile";
import { useWatch } from "./watch";

export function FleetPage() {
  const [, id] = parts.value;
  useArchive();
  useWatch();
  return id === undefined ? <All /> : <Detail key={id} id={id} />;
}

function All() {
  const w = words.value.fleet;
  return (
    <div class="stack">
      <Title text={w.title}>
        <div class="row">
          <input type="search" placeholder={w.filter} aria-label={w.filter} value={filter.value} onInput={e => { filter.value = e.currentTarget.value; }} />
          <label class="field"><span>{w.sortBy}</span>
            <select value={sort.value} onChange={e => { sort.value = e.currentTarget.value as Sort; }}>{sorts.map(s => <option key={s} value={s}>{w.sorts[s]}</option>)}</select>
          </label>
        </div>
      </Title>
      <Commands />
      <Tiles />
    </div>
  );
}

function Commands() {
  const w = words.value.fleet;
  if (recorders.value.length === 0) return <Empty>{broker.value?.address ? w.empty(broker.value.address) : <Said text={w.noBroker} />}</Empty>;
  return <><Bar /><Doing /></>;
}

/** Drawn anew only when one comes, goes or changes places; each tile watches its own recorder. */
function Tiles() {
  const w = words.value.fleet;
  return (
    <>
      {shown.value.length === 0 && recorders.value.length > 0 && <Empty>{w.noneMatch}</Empty>}
      {shown.value.length > 0 && <p class="quiet small tiles-keys">{w.chooseHow}</p>}
      <ul class="grid tiles live" aria-label={w.title} onKeyDown={step}>{shown.value.map(id => <Tile key={id} id={id} />)}</ul>
    </>
  );
}

/** From one box to the next with the arrows, all with Ctrl+A: fifty tabs are not a way. */
function step(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (!(e.target instanceof HTMLInputElement) || e.target.type !== "checkbox") return;
  if (e.key === "a" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    return chooseGroup("shown");
  }
  const boxes = [...e.currentTarget.querySelectorAll<HTMLInputElement>(".tile-head input[type=checkbox]")];
  const at = boxes.indexOf(e.target);
  const inRow = boxes.findIndex((b, i) => i > 0 && b.getBoundingClientRect().top > boxes[0]!.getBoundingClientRect().top + 4);
  const ways: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: inRow < 1 ? 1 : inRow, ArrowUp: -(inRow < 1 ? 1 : inRow), Home: -at, End: boxes.length - 1 - at };
  const by = ways[e.key];
  if (by === undefined) return;
  e.preventDefault();
  boxes[Math.min(boxes.length - 1, Math.max(0, at + by))]?.focus();
}
