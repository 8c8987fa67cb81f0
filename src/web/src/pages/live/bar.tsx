import { locale, words } from "../../i18n";
import { Button } from "../../parts/button";
import { Meter } from "../../parts/meter";
import { State, type Tone } from "../../parts/state";
import { heard, muted, stop, volume, type LiveState } from "./player";

const tones: Record<LiveState, Tone> = {
  connecting: "pending", waiting: "pending", live: "ok", quiet: "warn", gone: "bad", lost: "bad", refused: "bad", silent: "warn", cardless: "warn",
};

/** What is heard now, how old it is, how loud. Stays while one walks through the pages. */
export function LiveBar() {
  const h = heard.value;
  if (h === null) return null;
  const w = words.value.live;
  const age = h.ageMs === null ? null : h.ageMs / 1000;
  // A recorder whose clock runs ahead would seem to be heard before it spoke: then nothing is said of its age.
  const text = age === null ? "" : age < -0.2 || age > 60 ? w.clockOff : w.behind(Math.max(0, age).toLocaleString(locale.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
  return (
    <footer class={`player live-bar${h.ageMs === null ? " stale" : ""}`} id="live" aria-label={w.bar} data-state={h.state} data-age-ms={h.ageMs === null ? "" : Math.round(h.ageMs)} data-rms={h.rmsDb === null ? "" : Math.round(h.rmsDb)}>
      <div class="playing">
        <strong>{h.name}</strong>
        <span role="status"><State tone={h.why === "card" ? "warn" : tones[h.state]}>{w.states[h.state]}{h.why ? `: ${w.why[h.why] ?? h.why}` : ""}</State></span>
      </div>
      <div class="row">
        <Meter rms={h.rmsDb ?? -120} peak={h.peakDb} title={w.level} />
        <span class="figures quiet" id="live-age" title={w.ageMeans}>{text}</span>
      </div>
      <div class="row">
        <Button small name="mute-live" pressed={muted.value} onPress={() => { muted.value = !muted.value; }}>{muted.value ? w.unmute : w.mute}</Button>
        <label class="row"><span class="unseen">{w.volume}</span>
          <input type="range" min="0" max="1" step="0.05" value={volume.value} aria-valuetext={`${Math.round(volume.value * 100)} %`} onInput={e => { volume.value = Number(e.currentTarget.value); }} />
        </label>
        <Button small name="stop-live" shape="stop" onPress={stop}>{w.stop}</Button>
      </div>
    </footer>
  );
}
