import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { HubError } from "../../api/http";
import { trackBlock, trackPeaks, type SessionTracksView, type SessionTrackView } from "../../api/sessions";
import { words } from "../../i18n";
import { reasonOf } from "../../i18n/say";
import { link } from "../../live/connection";
import { Button } from "../../parts/button";
import { Card } from "../../parts/card";
import { Said } from "../../parts/said";
import { State } from "../../parts/state";
import { duration, running } from "../../time";
import { Deck, gainOf } from "./deck";

const POINTS = 1000;
const STEP_S = 5;
const FAR_S = 30;

/** All tracks of a recording, played together: one head, one clock. */
export function Together({ told }: { told: SessionTracksView }) {
  const w = words.value.recordings;
  const heard = told.tracks.filter(t => t.source !== "none");
  const key = `${told.session_id} ${told.frames} ${told.rate_hz} ${heard.map(t => `${t.module} ${t.source}`).join(" ")}`;
  const deck = useMemo(() => new Deck(
    heard.map(t => ({ module: t.module, channels: t.channels })), told.rate_hz, told.frames,
    (track, from, frames, stop) => trackBlock(told.session_id, track.module, from, frames, track.channels > 2, stop)), [key]);
  const head = useSignal(0);
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    // For whoever wants to look at what is heard.
    (place.current as (HTMLElement & { deck?: Deck }) | null)!.deck = deck;
    let frame = 0;
    const draw = (): void => {
      head.value = deck.position();
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      deck.close();
    };
  }, [deck]);
  const state = deck.state.value;
  const nothing = told.frames === 0;
  const seconds = useComputed(() => Math.floor(head.value / told.rate_hz * 10) / 10);
  const at = (frame: number): void => {
    deck.seek(frame);
    head.value = deck.position();
  };
  const goes = state === "playing" || state === "loading";
  const toggle = (): void => { if (goes) deck.pause(); else void deck.play(); };
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowLeft: -STEP_S, ArrowRight: STEP_S, PageDown: -FAR_S, PageUp: FAR_S, Home: -Infinity, End: Infinity }[e.key];
    if (e.key === " ") toggle();
    else if (step !== undefined) at(head.peek() + step * told.rate_hz);
    else return;
    e.preventDefault();
  };
  const why = nothing ? w.nothingYet : link.value !== "live" && state === "stopped" ? words.value.shell.hubGone : null;
  return (
    <Card title={w.together} id="together-card">
      <section ref={place} id="together" class="together" aria-label={w.together} data-state={state} data-tracks={heard.length}>
        <div class="row">
          <Button id="together-play" kind="primary" shape={goes ? "pause" : "play"} why={why} busy={state === "loading"} onPress={toggle}>
            {goes ? w.pause : w.play}
          </Button>
          <span class="figures" id="together-at" data-at={seconds}>{running(seconds.value * 1000)} / {running(told.frames / Math.max(1, told.rate_hz) * 1000)}</span>
          {state === "loading" && <State tone="pending">{w.loading}</State>}
          {state === "cardless" && <span role="status"><State tone="warn">{words.value.listen.notes.card}</State></span>}
          {state === "broken" && <span class="error-text" role="alert">{w.broken}: {deck.problem.value}</span>}
        </div>
        {!nothing && (
          <div class="together-head" role="slider" tabIndex={0} aria-label={w.position} aria-valuemin={0} aria-valuemax={Math.round(told.frames / told.rate_hz)}
            aria-valuenow={Math.round(seconds.value)} aria-valuetext={running(seconds.value * 1000)} onKeyDown={keys}
            onClick={e => at(partOf(e) * told.frames)}>
            <svg viewBox={`0 0 ${POINTS} 10`} preserveAspectRatio="none" aria-hidden="true"><rect class="bar-back" width={POINTS} height="10" /><Done head={head} frames={told.frames} /></svg>
          </div>
        )}
        <ul class="together-tracks">
          {told.tracks.map(t => <Track key={t.module} told={told} track={t} deck={deck} head={head} seek={part => at(part * told.frames)} />)}
        </ul>
        <p class="quiet small">{w.keys}</p>
      </section>
    </Card>
  );
}

const partOf = (e: MouseEvent): number => {
  const box = (e.currentTarget as Element).getBoundingClientRect();
  return Math.max(0, Math.min(1, (e.clientX - box.left) / box.width));
};

type Head = { readonly value: number };

/** Alone, so that only it is drawn again while time passes. */
function Done({ head, frames }: { head: Head; frames: number }) {
  return <rect class="bar-done" width={(head.value / frames) * POINTS} height="10" />;
}

function Line({ head, frames }: { head: Head; frames: number }) {
  const x = (head.value / frames) * POINTS;
  return <line class="together-mark" x1={x} x2={x} y1={-128} y2={128} />;
}

function Track({ told, track, deck, head, seek }: { told: SessionTracksView; track: SessionTrackView; deck: Deck; head: Head; seek: (part: number) => void }) {
  const w = words.value.recordings;
  const mix = deck.mixes.value.get(track.module);
  const silent = mix !== undefined && gainOf(mix, deck.anySolo.value) === 0;
  return (
    <li class={silent ? "together-track silent" : "together-track"} data-track={track.module} data-source={track.source} data-heard={mix ? !silent : false}>
      <div class="row">
        <strong class="grow">{track.module}</strong>
        {track.source === "archive" && <State tone="quiet" title={w.fromArchiveMeans}>{w.fromArchive}</State>}
        {track.source === "none" && <State tone={track.why === "not_complete" ? "pending" : "warn"} title={reasonOf(track.detail ?? "")}>{w.missing[track.why ?? ""] ?? reasonOf(track.detail ?? "")}</State>}
        {track.channels > 2 && <State tone="quiet">{w.asMean(track.channels)}</State>}
        {mix && <>
          <Button small name="mute" label={w.muteOf(track.module)} pressed={mix.muted} onPress={() => deck.mix(track.module, { muted: !mix.muted })}>{w.mute}</Button>
          <Button small name="solo" label={w.soloOf(track.module)} pressed={mix.solo} onPress={() => deck.mix(track.module, { solo: !mix.solo })}>{w.solo}</Button>
          <input type="range" class="volume" min={0} max={1} step={0.05} value={mix.volume} aria-label={w.volumeOf(track.module)} onInput={e => deck.mix(track.module, { volume: Number(e.currentTarget.value) })} />
        </>}
      </div>
      {track.source !== "none" && told.frames > 0
        ? <Wave told={told} module={track.module} head={head} seek={seek} />
        : <p class="quiet small">{reasonOf(track.detail ?? "")}{track.why === "no_file" && <> {"\u2014"} <Said text={w.bringIt} /></>}</p>}
      {track.source === "archive" && <p class="quiet small">{w.covered(duration(track.covered_us), duration(told.frames / told.rate_hz * 1e6))}</p>}
    </li>
  );
}

const outlines = signal<ReadonlyMap<string, string>>(new Map());

/** An outline, which the hub makes when somebody first looks. */
function Wave({ told, module, head, seek }: { told: SessionTracksView; module: string; head: Head; seek: (part: number) => void }) {
  const key = `${told.session_id} ${module} ${told.frames}`;
  const path = outlines.value.get(key);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    if (outlines.peek().has(key)) return;
    const gone = new AbortController();
    trackPeaks(told.session_id, module, POINTS, AbortSignal.any([gone.signal, AbortSignal.timeout(120_000)])).then(
      found => { outlines.value = new Map(outlines.peek()).set(key, outline(found.points)); },
      (e: unknown) => { if (!gone.signal.aborted) problem.value = e instanceof HubError ? e.message : words.peek().shell.hubGone; });
    return () => gone.abort();
  }, [key]);
  return (
    <div class="together-wave" data-wave={path ? "ready" : "loading"} onClick={e => seek(partOf(e))}>
      <svg viewBox={`0 -128 ${POINTS} 256`} preserveAspectRatio="none" aria-hidden="true">
        {path && <path class="together-outline" d={path} />}
        <Line head={head} frames={told.frames} />
      </svg>
      {problem.value && <span class="error-text small">{problem.value}</span>}
    </div>
  );
}

/** Minimum and maximum in turn, as one closed shape; what is silent is still a line. */
function outline(points: readonly number[]): string {
  const top = [], bottom = [];
  for (let i = 0; i * 2 + 1 < points.length; i++) {
    top.push(`${i} ${-Math.max(1, points[i * 2 + 1]!)}`);
    bottom.push(`${i} ${-Math.min(-1, points[i * 2]!)}`);
  }
  return `M${top.join("L")}L${bottom.reverse().join("L")}Z`;
}
