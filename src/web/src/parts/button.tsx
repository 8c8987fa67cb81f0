import { Icon, type Shape } from "./icon";
import { useWhy } from "./why";

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
  const no = useWhy(why);
  return (
    <>
      <button type="button" id={id} data-name={name} class={`button ${kind}${small ? " small" : ""}`} aria-label={label} aria-pressed={pressed}
        aria-busy={busy || undefined} {...no.attributes} onClick={e => { if (why) no.show(e.currentTarget); else onPress(); }}>
        {shape && <Icon shape={shape} />}
        {children}
      </button>
      {no.tip}
    </>
  );
}
