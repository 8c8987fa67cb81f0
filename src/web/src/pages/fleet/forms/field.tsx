import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

/** A field with its name above, what is allowed below, and what is wrong with it in its place. */
export function Field({ name, label, value, hint, wrong, max, mono, type = "text", list, placeholder, onFirst }: {
  name: string; label: string; value: Signal<string>; hint?: preact.ComponentChildren; wrong?: string | null; max?: number; mono?: boolean; type?: string; list?: readonly string[];
  placeholder?: string; onFirst?: () => void;
}) {
  const id = useId();
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <input id={id} name={name} type={type} class={mono ? "mono" : ""} value={value.value} maxLength={max} spellcheck={false} autocomplete="off" placeholder={placeholder} list={list ? `${id}l` : undefined}
        step={type === "datetime-local" ? 1 : undefined} aria-invalid={wrong ? true : undefined} aria-describedby={hint || wrong ? `${id}h` : undefined}
        onInput={e => { onFirst?.(); value.value = e.currentTarget.value; }} />
      {list && <datalist id={`${id}l`}>{list.map(l => <option key={l} value={l} />)}</datalist>}
      {(hint || wrong) && <p id={`${id}h`} class={wrong ? "wrong" : "quiet"}>{wrong ?? hint}</p>}
    </div>
  );
}
