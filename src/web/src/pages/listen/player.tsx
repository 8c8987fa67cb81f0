import { useEffect, useRef } from "preact/hooks";
import { locale, words } from "../../i18n";
import { Button } from "../../parts/button";
import { Download } from "../../parts/download";
import { Icon } from "../../parts/icon";
import { to } from "../../router";
import { isOfCard } from "../../sound-card";
import { clock, duration, isThisYear } from "../../time";
import { hearKeys } from "./keys";
import { backwards, followsNow, head, heard, type Note, paused, playing, playNote, playOn, playPause, RATES, rate, seek, setAudio, setRate, setSkips, setVolume, skipGaps, starting, volume } from "./playing";
import { HOUR, SECOND } from "./scale";
import { rangeAddress } from "./state";

/** Stays while one walks through the pages. */
export function Player() {
  const element = useRef<HTMLAudioElement>(null);
  const w = words.value.listen;
  const t = words.value.timeline;
  useEffect(() => {
    setAudio(element.current);
    const keys = hearKeys();
    return () => {
      keys();
      setAudio(null);
    };
  }, []);
  const now = playing.value;
  const at = head.value;
  const hour = at === null ? 0 : Math.floor(at / HOUR) * HOUR;
  return (
    <footer class="player" aria-label={w.player} hidden={now === null} data-state={starting.value ? "starting" : paused.value ? "paused" : "playing"}>
      <audio id="audio" ref={element} preload="auto" onTimeUpdate={heard} onPlaying={() => { paused.value = false; heard(); }} onPause={() => { paused.value = true; }}
        onError={e => { if (playing.peek() && playNote.peek()?.kind !== "nothing") playNote.value = { kind: isOfCard(e.currentTarget.error) ? "card" : "broken" }; starting.value = false; paused.value = true; }}
        onEnded={() => { paused.value = true; void playOn(); }} />
      <div class="transport">
        <Button id="back" small shape="left" label={t.back5} onPress={() => seek(-5 * SECOND)}>{null}</Button>
        <Button id="play" kind="primary" shape={paused.value ? "play" : "pause"} label={paused.value ? w.play : t.pause} onPress={playPause}>{null}</Button>
        <Button id="forward" small shape="right" label={t.forward5} onPress={() => seek(5 * SECOND)}>{null}</Button>
      </div>
      <div class="playing">
        <strong id="playing-who">{now && <a href={to("listen", new Date(Math.floor((at ?? now.from) / 1e6) * 1000).toISOString().replace(".000Z", "Z"), "10m", "*", now.id)} title={t.showIt}>{now.name}</a>}</strong>
        <time id="playing-when" class="figures" data-us={at ?? undefined}>{at !== null && whenText(at)}{backwards.value > 0 ? ` \u00b7 ${t.backwards(backwards.value)}` : ""}</time>
        <span id="playing-note" class="quiet" role="status">{playNote.value ? noteText(playNote.value) : starting.value && !paused.value ? t.starting : null}</span>
      </div>
      <div class="row player-more">
        <label class="field"><span>{t.speed}</span>
          <select id="rate" onChange={e => setRate(Number(e.currentTarget.value))}>{RATES.map(r => <option key={r} value={r} selected={r === rate.value}>{r}×</option>)}</select></label>
        <label class="field"><span>{t.gaps}</span>
          <select id="gaps" onChange={e => setSkips(e.currentTarget.value === "skip")}><option value="skip" selected={skipGaps.value}>{t.gapsSkip}</option><option value="silence" selected={!skipGaps.value}>{t.gapsSilence}</option></select></label>
        <label class="field"><Icon shape="listen" size={14} /><span class="unseen">{t.volume}</span><input id="volume" type="range" min={0} max={1} step={0.05} value={volume.value} onInput={e => setVolume(Number(e.currentTarget.value))} /></label>
        <label class="field"><input id="goes-on" type="checkbox" checked={followsNow.value} onChange={e => { followsNow.value = e.currentTarget.checked; }} />{t.goesOn}</label>
        {now && (
          <span class="save quiet">{w.saveHour}{" "}
            {["opus", "flac", "wav"].map(format =>
              <Download key={format} kind="" id={`save-${format}`} href={rangeAddress(now.id, hour, hour + HOUR, `format=${format}`)}>{format === "opus" ? "Opus" : format.toUpperCase()}</Download>)}
          </span>
        )}
      </div>
    </footer>
  );
}

const whenText = (us: number): string => `${new Date(us / 1000).toLocaleDateString(locale.value, { weekday: "short", day: "numeric", month: "short", ...(isThisYear(us) ? {} : { year: "numeric" }) })} ${clock(us)}`;

function noteText(note: Note): string {
  const [w, t] = [words.value.listen, words.value.timeline];
  const cause = (c: string): string => w.causes[c] ?? c.replaceAll("_", " ");
  switch (note.kind) {
    case "skipped": return t.skipped(duration(note.us), cause(note.cause), clock(note.until));
    case "silence": return t.silence(duration(note.us), cause(note.cause), clock(note.until));
    default: return w.notes[note.kind];
  }
}
