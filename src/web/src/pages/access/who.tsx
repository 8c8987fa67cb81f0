import { Said } from "../../parts/said";
import { useRef } from "preact/hooks";
import { words } from "../../i18n";
import { logOut, me } from "../../live/me";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { to } from "../../router";

/** Who is here, in the head of every page; opened, what this one may do, and the way out. */
export function Who() {
  const menu = useRef<HTMLDetailsElement>(null);
  const who = me.value;
  const w = words.value.access;
  if (who === null || who.via === "nobody" || who.via === "open") return null;
  const close = (): void => { if (menu.current) menu.current.open = false; };
  return (
    <details class="who" id="who" ref={menu} data-role={who.role ?? "none"} onKeyDown={e => { if (e.key === "Escape") close(); }} onFocusOut={e => { if (!menu.current?.contains(e.relatedTarget as Node | null)) close(); }}>
      <summary aria-label={w.you(who.user ?? "")}><Icon shape="person" /><span class="who-name">{who.user}</span></summary>
      <div class="card">
        <p><strong>{who.user}</strong> <span class="quiet">{w.roles[who.role ?? ""]}</span></p>
        <p class="quiet small">{w.mayDo[who.role ?? ""]}</p>
        <p class="row"><a href={to("settings")} onClick={close}>{words.value.shell.places.settings}</a>{who.via === "session" && <Button small name="log-out" onPress={() => void logOut().catch(() => {})}>{w.logOut}</Button>}</p>
      </div>
    </details>
  );
}

/** What to do first at a hub that knows nobody. */
export function FirstUser() {
  const w = words.value.access;
  if (me.value?.via !== "open") return null;
  return (
    <Card id="first-user" title={w.firstTitle}><p>{w.openMeans}</p><p class="quiet"><Said text={w.firstHow} /></p></Card>
  );
}
