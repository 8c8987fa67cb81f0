import { words } from "../../i18n";
import { Button } from "../../parts/button";
import { duration } from "../../time";
import { play } from "./playing";
import { addressOf, choose, covered, fieldOf, formats, fromField, nameOf, stretch } from "./stretch";

/** What is chosen, to the second; saved as a file by the browser, which shows how far it is and can give it up. */
export function ExportBar() {
  const s = stretch.value;
  const w = words.value.listen;
  if (!s) return null;
  const change = (end: "from" | "to", text: string): void => {
    const us = fromField(text);
    if (us !== null) choose(s.id, end === "from" ? us : s.from, end === "to" ? us : s.to);
  };
  const nothing = covered.value === 0;
  return (
    <section class="card export" id="export" aria-label={w.exportTitle} data-covered={covered.value}>
      <div class="row">
        <h2 class="grow">{w.exportOf(nameOf(s.id))}</h2>
        <Button kind="bare" small onPress={() => { stretch.value = null; }}>{w.close}</Button>
      </div>
      <div class="row">
        <label class="field"><span>{w.from}</span><input id="export-from" type="datetime-local" step={1} value={fieldOf(s.from)} onChange={e => change("from", e.currentTarget.value)} /></label>
        <label class="field"><span>{w.to}</span><input id="export-to" type="datetime-local" step={1} value={fieldOf(s.to)} onChange={e => change("to", e.currentTarget.value)} /></label>
        <span class="quiet figures">{w.exportLength(duration(s.to - s.from), duration(covered.value))}</span>
      </div>
      <div class="row">
        <Button shape="play" why={nothing ? w.nothingThere : null} onPress={() => play(s.id, nameOf(s.id), s.from)}>{w.play}</Button>
        {formats.map(f => nothing
          ? <Button key={f} why={w.nothingThere} onPress={() => {}}>{w.save(f)}</Button>
          : <a key={f} id={`export-${f}`} class="button" download href={addressOf(s, f)}>{w.save(f)}</a>)}
      </div>
    </section>
  );
}
