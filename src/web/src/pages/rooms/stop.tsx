import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { commandRoom, lastOf } from "../../live/commands";
import { mayNot } from "../../live/me";
import { hasRooms, rooms } from "../../live/store";
import { Icon } from "../../parts/icon";
import { useWhy } from "../../parts/why";
import { parts } from "../../router";

/** Held this long, so that a slip of the finger stops no show. */
const HOLD_MS = 500;
const STEP_MS = 25;

const held = signal(0);

/** On the page of a room: that room. Anywhere else: all of them. */
function aimed(): string[] {
  const here = parts.value[0] === "rooms" ? parts.value[1] : undefined;
  return here && rooms.find(here) ? [here] : [...rooms.all.keys()];
}

/** STOP goes out whether or not a scene runs. A link that seems gone does not keep it from being tried; only who may not press it is told so. */
export function stopNow(): void {
  if (mayNot("stop") !== null) return;
  for (const room of aimed()) void commandRoom(room, "stop", `room:${room}:stop`, words.value.rooms.stop);
}

/** Always on the screen where there is a room. */
export function StopButton() {
  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined;
    const release = (): void => {
      clearInterval(timer);
      timer = undefined;
      held.value = 0;
    };
    const down = (e: KeyboardEvent): void => {
      if (e.key !== "Escape" || e.repeat || timer !== undefined || !hasRooms.peek()) return;
      const since = performance.now();
      timer = setInterval(() => {
        held.value = (performance.now() - since) / HOLD_MS;
        if (held.peek() < 1) return;
        release();
        stopNow();
      }, STEP_MS);
    };
    const up = (e: KeyboardEvent): void => { if (e.key === "Escape") release(); };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", release);
    return () => {
      release();
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", release);
    };
  }, []);
  const why = mayNot("stop");
  const no = useWhy(why);
  if (!hasRooms.value) return null;
  const w = words.value.rooms;
  const targets = aimed();
  const asked = targets.map(room => lastOf(`room:${room}:stop`)).find(a => a !== undefined);
  const label = targets.length === 1 ? w.stopRoom(rooms.find(targets[0]!)?.title || targets[0]!) : w.stopAll(targets.length);
  return (
    <>
      <button type="button" class="button danger stop" id="stop" data-asked={asked?.state ?? "none"} title={`${label} (${w.holdEscape})`} aria-keyshortcuts="Escape" {...no.attributes}
        onClick={e => { if (why) no.show(e.currentTarget); else stopNow(); }}>
        <Icon shape="stop" /><span>{w.stop}<span class="unseen">{label.replace(w.stop, "")}</span></span><span class="hint" aria-hidden="true"><kbd class="key">Esc</kbd></span>
        {held.value > 0 && <progress max={1} value={held.value} aria-hidden="true" />}
      </button>
      {no.tip}
    </>
  );
}
