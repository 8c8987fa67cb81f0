import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../../i18n";
import { moment } from "../../time";
import { HOUR, playedUs, playing, playNote, playOn, rangeAddress, setAudio } from "./state";

/** Stays while one walks through the pages. */
export function Player() {
  const element = useRef<HTMLAudioElement>(null);
  const [, heard] = useState(0);
  const w = words.value.listen;
  useEffect(() => {
    setAudio(element.current);
    return () => setAudio(null);
  }, []);
  const now = playing.value;
  const hour = now ? Math.floor(now.from / HOUR) * HOUR : 0;
  return (
    <footer class="player" aria-label={w.player} hidden={now === null}>
      <div class="playing">
        <strong id="playing-who">{now?.name}</strong>
        <time id="playing-when" class="figures">{now && moment(playedUs())}</time>
        <span id="playing-note" class="quiet" role="status">{playNote.value && w.notes[playNote.value]}</span>
      </div>
      <audio id="audio" ref={element} controls preload="none" onTimeUpdate={e => heard(e.currentTarget.currentTime)}
        onError={() => { if (playing.peek()) playNote.value = "broken"; }} onEnded={() => void playOn()} />
      {now && (
        <p class="save quiet">{w.saveHour}{" "}
          {["opus", "flac", "wav"].map(format =>
            <a key={format} id={`save-${format}`} download href={rangeAddress(now.id, hour, hour + HOUR, `format=${format}`)}>{format === "opus" ? "Opus" : format.toUpperCase()}</a>)}
        </p>
      )}
    </footer>
  );
}
