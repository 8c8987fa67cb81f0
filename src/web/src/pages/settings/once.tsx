import { useState } from "preact/hooks";
import { words } from "../../i18n";
import { Button } from "../../parts/button";

/** What is shown once, ready to be taken away. */
export function Once({ items, onClose }: { items: { name: string; text: string }[]; onClose: () => void }) {
  const w = words.value.access.settings;
  return (
    <div class="once" id="once" role="status">
      <p><strong>{w.once}</strong></p>
      <dl class="stack">{items.map(i => <div key={i.name}><dt>{i.name}</dt><dd><pre data-once={i.name}>{i.text}</pre><Copy text={i.text} /></dd></div>)}</dl>
      <Button name="once-close" onPress={onClose}>{w.close}</Button>
    </div>
  );
}

function Copy({ text }: { text: string }) {
  const w = words.value.access.settings;
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text); // not there by plain http from another machine
      setSaid(w.copied);
    } catch {
      setSaid(w.copyByHand);
    }
  };
  return <span class="row"><Button small name="copy" onPress={() => void copy()}>{w.copy}</Button><span class="quiet small" role="status">{said}</span></span>;
}
