import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { words } from "../../i18n";
import { BOX, layOut, type Arrow, type Drawing, type Place } from "./layout";

const LABEL_MAX = 20;
/** Within a room its own name says nothing. */
const short = (text: string, room: string): string => text.replace(/^timeout /, "").replace(room + "/", "");
const cut = (text: string, most: number): string => (text.length > most ? text.slice(0, most - 1) + "\u2026" : text);

/** The states of a scene and what leads from one to another; the one that runs is marked. Scrolls where it is larger than its frame. */
export function Graph({ graph, room, now, chosen, onChoose }: { graph: Drawing; room: string; now?: string | null; chosen?: string | null; onChoose?: (state: string) => void }) {
  const w = words.value.rooms;
  const layout = useMemo(() => layOut(graph), [graph]);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const place = layout.places.find(p => p.name === now);
    const box = frame.current;
    if (!place || !box || box.scrollWidth <= box.clientWidth) return;
    box.scrollTo({ left: place.x + BOX.width / 2 - box.clientWidth / 2, top: place.y - box.clientHeight / 2 });
  }, [layout, now]);
  const anywhere = graph.edges.filter(e => e.from === null);
  return (
    <figure class="graph-figure">
      <div class="graph" ref={frame} tabIndex={0} role="region" aria-label={now ? w.graphNow(now) : w.graph}>
      <svg width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`} role="img" aria-label={w.graphOf(graph.states.length)}>
        <defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 .5 8 4 0 7.5z" /></marker></defs>
        {layout.arrows.map(a => <path key={`${a.from}>${a.to}`} class={`arrow${a.from === now ? " open" : ""}`} d={a.path} marker-end="url(#tip)" />)}
        {layout.places.map(p => <Box key={p.name} place={p} graph={graph} isNow={p.name === now} isChosen={p.name === chosen} onChoose={onChoose} />)}
        {layout.arrows.map(a => <Label key={`${a.from}>${a.to}`} arrow={a} room={room} />)}
      </svg>
    </div>
    {anywhere.length > 0 && (
      <figcaption class="quiet">{w.fromAnywhere}: {anywhere.map((e, i) => <span key={i} class="anywhere"><span class="mono">{short(e.label ?? e.type, room)}</span> {"\u2192"} {e.to}</span>)}</figcaption>
    )}
    </figure>
  );
}

function Box({ place, graph, isNow, isChosen, onChoose }: {
  place: Place; graph: Drawing; isNow: boolean; isChosen: boolean; onChoose: ((state: string) => void) | undefined;
}) {
  const w = words.value.rooms;
  const state = graph.states.find(s => s.name === place.name);
  const end = place.name === "END";
  const kind = `box${end ? " end" : ""}${state?.is_initial ? " initial" : ""}${isNow ? " now" : ""}${isChosen ? " chosen" : ""}`;
  const detail = end ? w.endOfScene : w.cues(state?.cues ?? 0);
  return (
    <g class={kind} data-scene-state={place.name} data-now={isNow} onClick={() => onChoose?.(place.name)}>
      <title>{state?.description ?? place.name}</title>
      <rect x={place.x} y={place.y} width={BOX.width} height={BOX.height} rx={end ? BOX.height / 2 : 8} />
      {state?.is_initial && <path class="start" d={`M${place.x - 14} ${place.y + BOX.height / 2 - 6}l10 6-10 6z`} />}
      {isNow && <path class="playing-mark" d={`M${place.x + 12} ${place.y + 14}l9 6-9 6z`} />}
      <text class="name" x={place.x + BOX.width / 2} y={place.y + 23}>{cut(place.name, 18)}</text>
      <text class="detail" x={place.x + BOX.width / 2} y={place.y + 40}>{detail}</text>
    </g>
  );
}

function Label({ arrow, room }: { arrow: Arrow; room: string }) {
  const text = cut(short(arrow.labels[0]!.text, room), LABEL_MAX) + (arrow.labels.length > 1 ? ` +${arrow.labels.length - 1}` : "");
  const width = text.length * 6.1 + 10;
  return (
    <g class="arrow-label">
      <title>{arrow.labels.map(l => l.text).join("\n")}</title>
      <rect x={arrow.x - width / 2} y={arrow.y - 9} width={width} height={18} rx={9} />
      <text x={arrow.x} y={arrow.y + 4}>{text}</text>
    </g>
  );
}
