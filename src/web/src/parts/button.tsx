import { useId } from "preact/hooks";
import { Icon, type Shape } from "./icon";

interface Props {
  onPress: () => void;
  children: preact.ComponentChildren;
  kind?: "plain" | "primary" | "danger" | "bare";
  shape?: Shape;
  /** Why it cannot be pressed now; null or absent: it can. */
  why?: string | null | undefined;
  label?: string;
  pressed?: boolean;
  busy?: boolean;
  small?: boolean;
  id?: string;
  name?: string;
}

/** A button that cannot work stays where it is, can be reached with the keyboard, and says why. */
export function Button({ onPress, children, kind = "plain", shape, why, label, pressed, busy, small, id, name }: Props) {
  const hint = useId();
  const off = Boolean(why);
  return (
    <button type="button" id={id} data-name={name} class={`button ${kind}${small ? " small" : ""}`} aria-disabled={off || undefined} aria-label={label} aria-pressed={pressed}
      aria-busy={busy || undefined} aria-describedby={off ? hint : undefined} title={why ?? undefined} onClick={() => { if (!off) onPress(); }}>
      {shape && <Icon shape={shape} />}
      {children}
      {off && <span id={hint} class="unseen">{why}</span>}
    </button>
  );
}
