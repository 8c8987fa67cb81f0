import { signal, type Signal } from "@preact/signals";
import type { ModuleView } from "../../../api/types";
import { words } from "../../../i18n";
import { Button } from "../../../parts/button";
import { Icon } from "../../../parts/icon";
import { changes, type Change } from "../values";

const SHOWN = 20;

type Values = Record<string, unknown>;

/** What a form rests on: the settings of each module as they were when they were looked at first. */
export class Seen {
  private readonly seen: Signal<ReadonlyMap<string, Values>> = signal(new Map());

  constructor(private readonly of: (m: ModuleView) => Values) {}

  /** Modules that have come into the choice since are looked at for the first time now. */
  look(all: readonly ModuleView[]): void {
    const fresh = all.filter(m => !this.seen.peek().has(m.id));
    if (fresh.length > 0) this.seen.value = new Map([...this.seen.peek(), ...fresh.map(m => [m.id, this.of(m)] as const)]);
  }

  again(all: readonly ModuleView[]): void {
    this.seen.value = new Map(all.map(m => [m.id, this.of(m)]));
  }

  forget(): void {
    this.seen.value = new Map();
  }

  changes(all: readonly ModuleView[]): Change[] {
    return changes(this.seen.value, all.map(m => ({ id: m.id, values: this.of(m) })));
  }

  /** The field `expect` of a command. */
  expect(all: readonly ModuleView[]): Record<string, Values> {
    return Object.fromEntries(all.flatMap(m => (this.seen.peek().has(m.id) ? [[m.id, this.seen.peek().get(m.id)!]] : [])));
  }
}

/** Both values of each, and the way on. What was typed stays. */
export function Stale({ found, onTake }: { found: readonly Change[]; onTake: () => void }) {
  const w = words.value.fleet;
  if (found.length === 0) return null;
  return (
    <div class="banner warn stale-form" role="alert" id="stale-form">
      <Icon shape="warn" /><span>{w.staleForm}</span>
      <ul>{found.slice(0, SHOWN).map(c => <li key={c.id + c.key} data-stale={c.id}>{w.staleOne(c.id, w.settings[c.key] ?? c.key, c.was ?? w.defaultDevice, c.is ?? w.defaultDevice)}</li>)}{found.length > SHOWN && <li>{w.more(found.length - SHOWN)}</li>}</ul>
      <Button small name="take-new" onPress={onTake}>{w.takeNew}</Button>
    </div>
  );
}
