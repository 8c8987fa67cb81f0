import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { helpShown, keysOn, setKeys } from "./keys";

/** What the keys do; it can be put away, and so can the keys. */
export function KeyHelp() {
  if (!helpShown.value) return null;
  const w = words.value.timeline;
  return (
    <section class="card" id="keys" aria-label={w.keys}>
      <div class="row">
        <h2 class="grow">{w.keys}</h2>
        <label class="field"><input id="keys-on" type="checkbox" checked={keysOn.value} onChange={e => setKeys(e.currentTarget.checked)} />{w.keysOn}</label>
        <Button kind="bare" small onPress={() => { helpShown.value = false; }}>{words.value.listen.close}</Button>
      </div>
      <p class="quiet">{w.keysWhere}</p>
      <dl class="keys">
        {w.keyList.map(([keys, what]) => <div key={keys}><dt>{keys.split(" ").map(k => <kbd key={k} class="key">{k.replace("Space", w.space)}</kbd>)}</dt><dd>{what}</dd></div>)}
      </dl>
    </section>
  );
}
