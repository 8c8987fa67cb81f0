import { words } from "../../i18n";
import { link } from "../../live/connection";
import { Button } from "../../parts/button";
import { heard, listen, stop } from "./player";

/** Hears a microphone as it is now; pressed again, no longer. */
export function ListenLive({ id, name, why, isShort }: { id: string; name: string; why?: string | null; isShort?: boolean }) {
  const w = words.value.live;
  const isMine = heard.value?.id === id;
  if (isMine) return <Button small name="listen-live" shape="stop" pressed label={isShort ? `${w.stopShort}: ${name}` : w.stop} onPress={stop}>{isShort ? w.stopShort : w.stop}</Button>;
  const cannot = link.value === "gone" ? words.value.shell.hubGone : why ?? null;
  return <Button small name="listen-live" shape="listen" pressed={false} why={cannot} label={w.listenTo(name)} onPress={() => listen(id, name)}>{isShort ? w.bar : w.listen}</Button>;
}
