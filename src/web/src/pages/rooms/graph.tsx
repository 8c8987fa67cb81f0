import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { words } from "../../i18n";
import { BOX, cut, LABEL_HEIGHT, labelWidth, layOut, short, type Arrow, type Drawing, type Place } from "./layout";

/** Smaller than this its words cannot be read any more: it scrolls. */
const LEAST = 0.72;

/** The states of a scene and what leads from one to another; the one that runs is marked. Shrinks to its frame as long as it can be read, then scrolls and says so. */
export function Graph({ graph, room, now, chosen, onChoose }: { graph: Drawing; room: string; now?: string | null; chosen?: string | null; onChoose?: (state: string) => void }) {
  const w = words.value.rooms;
  const layout = useMemo(() => layOut(graph, room), [graph, room]);
  const frame = useRef<HTMLDivElement>(null);
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    const box = frame.current!;
    const look = (): void => setCut(box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1);
    const eye = new ResizeObserver(look);
    eye.observe(box);
    look();
    return () => eye.disconnect();
  }, [layout]);
  useLayoutEffect(() => {
    const place = layout.places.find(p => p.name === now);
    const box = frame.current;
    if (!place || !box || (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight)) return;
    const scale = (box.firstElementChild?.getBoundingClientRect().width ?? layout.width) / layout.width;
    box.scrollTo({ left: (place.x + BOX.width / 2) * scale - box.clientWidth / 2, top: place.y * scale - box.clientHeight / 2 });
  }, [layout, now]);
  const anywhere = graph.edges.filter(e => e.from === null);
  return (
    <figure class="graph-figure">
      <div class="graph" ref={frame} tabIndex={0} role="region" aria-label={now ? w.graphNow(now) : w.graph}>
      <svg viewBox={`0 0 ${layout.width} ${layout.height}`} role="img" aria-label={w.graphOf(graph.states.length)} style={{ maxWidth: `${layout.width}px`, minWidth: `${Math.round(layout.width * LEAST)}px` }}>
        <defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 .5 8 4 0 7.5z" /></marker></defs>
        {layout.arrows.map(a => <path key={`${a.from}>${a.to}`} class={`arrow${a.from === now ? " open" : ""}`} d={a.path} marker-end="url(#tip)" />)}
        {layout.places.map(p => <Box key={p.name} place={p} graph={graph} isNow={p.name === now} isChosen={p.name === chosen} onChoose={onChoose} />)}
        {layout.arrows.map(a => <Label key={`${a.from}>${a.to}`} arrow={a} />)}
      </svg>
    </div>
    {isCut && <figcaption class="quiet" data-name="scrolls">{w.graphScrolls}</figcaption>}
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
      <text class="name" x={place.x + BOX.width / 2} y={place.y + 23}>{cut(place.name, 16)}</text>
      <text class="detail" x={place.x + BOX.width / 2} y={place.y + 40}>{detail}</text>
    </g>
  );
}

function Label({ arrow }: { arrow: Arrow }) {
  const width = labelWidth(arrow.text);
  return (
    <g class="arrow-label">
      <title>{arrow.labels.map(l => l.text).join("\n")}</title>
      <rect x={arrow.x - width / 2} y={arrow.y - LABEL_HEIGHT / 2} width={width} height={LABEL_HEIGHT} rx={9} />
      <text x={arrow.x} y={arrow.y + 4}>{arrow.text}</text>
    </g>
  );
}
