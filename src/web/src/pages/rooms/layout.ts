// Where the states of a scene stand when it is drawn: layers from the initial state, left to right. Pure.
import type { GraphEdge, GraphState } from "../../api/types";

/** What is drawn of a scene: the hub's graph, or the page's own of what is being typed. */
export type DrawnState = Pick<GraphState, "name" | "description" | "is_initial" | "cues" | "enter">;
export type DrawnEdge = Omit<GraphEdge, "type"> & { type: string };
export interface Drawing {
  states: readonly DrawnState[];
  edges: readonly DrawnEdge[];
}

export interface Place {
  name: string;
  x: number;
  y: number;
  layer: number;
}

/** Arrows between the same two states are one, with all their causes. */
export interface Arrow {
  from: string;
  to: string;
  labels: { type: string; text: string }[];
  path: string;
  /** What stands on it, cut to fit between the boxes. */
  text: string;
  /** Where the middle of the words stands. */
  x: number;
  y: number;
}

export interface Layout {
  places: Place[];
  arrows: Arrow[];
  width: number;
  height: number;
}

export const BOX = { width: 128, height: 52 };
const GAP = { x: 114, y: 44 };
export const LABEL_HEIGHT = 18;
const CHAR = 6.65; // a character of the labels' font at 11 px
const LABEL_MAX = Math.floor((GAP.x - 14) / CHAR);

export const labelWidth = (text: string): number => text.length * CHAR + 10;
const MARGIN = 20;
const LOOP_ROOM = 34;

export const cut = (text: string, most: number): string => (text.length > most ? text.slice(0, most - 1) + "\u2026" : text);
/** Within a room its own name says nothing. */
export const short = (text: string, room: string): string => text.replace(/^timeout /, "").replace(room + "/", "");

export function layOut(graph: Drawing, room = ""): Layout {
  const names = graph.states.map(s => s.name);
  // Global events lead on from everywhere: they stand beside the drawing, as arrows they would hide it.
  const edges = graph.edges.flatMap(e => (e.from !== null && names.includes(e.from) && names.includes(e.to) ? [{ ...e, from: e.from }] : []));
  const entries = graph.edges.flatMap(e => (e.from === null ? [e.to] : []));
  const layers = rankStates(graph, names, edges, entries);
  const rows = order(layers, edges);
  const tallest = Math.max(1, ...rows.map(r => r.length));
  const pitch = BOX.height + GAP.y;
  const places = new Map<string, Place>();
  rows.forEach((row, layer) => row.forEach((name, i) => places.set(name, {
    name, layer, x: MARGIN + layer * (BOX.width + GAP.x), y: MARGIN + LOOP_ROOM + (tallest - row.length) * pitch / 2 + i * pitch,
  })));
  const bottom = MARGIN + LOOP_ROOM + tallest * pitch;
  const arrows = merge(edges).map((e, i) => ({ ...arrow(e, places, bottom, i), text: labelOf(e, room) }));
  settle(arrows, [...places.values()]);
  const back = arrows.filter(a => a.y > bottom - GAP.y).length;
  return {
    places: [...places.values()], arrows,
    width: MARGIN * 2 + rows.length * (BOX.width + GAP.x) - GAP.x,
    height: bottom + (back > 0 ? LOOP_ROOM : 0),
  };
}

type Edge = DrawnEdge & { from: string };

/** The longest way there without going round: so that arrows lead forward where they can. */
function rankStates(graph: Drawing, all: string[], edges: Edge[], entries: string[]): Map<string, number> {
  const initial = graph.states.find(s => s.is_initial)?.name ?? all[0];
  const nearest = new Map<string, number>();
  const queue: string[] = initial === undefined ? [] : [initial];
  if (initial !== undefined) nearest.set(initial, 0);
  while (queue.length > 0) {
    const at = queue.shift()!;
    for (const e of edges) {
      if (e.from !== at || nearest.has(e.to)) continue;
      nearest.set(e.to, nearest.get(at)! + 1);
      queue.push(e.to);
    }
  }
  const end = Math.max(0, ...nearest.values());
  for (const name of entries) if (all.includes(name) && !nearest.has(name)) nearest.set(name, Math.max(1, end));
  for (const name of all) if (!nearest.has(name)) nearest.set(name, end + 1);
  // The end stands behind everything that leads to it.
  const before = edges.filter(e => e.to === "END" && e.from !== "END").map(e => nearest.get(e.from) ?? 0);
  if (nearest.has("END")) nearest.set("END", Math.max(nearest.get("END")!, ...before.map(l => l + 1)));
  return nearest;
}

/** Within a layer: near to where its arrows come from, so that fewer cross. */
function order(ranks: Map<string, number>, edges: Edge[]): string[][] {
  const rows: string[][] = [];
  for (const [name, layer] of ranks) (rows[layer] ??= []).push(name);
  const filled = rows.filter(r => r !== undefined);
  for (let i = 1; i < filled.length; i++) {
    const before = filled[i - 1]!;
    const weight = new Map(filled[i]!.map((name, own) => {
      const at = edges.filter(e => e.to === name).map(e => before.indexOf(e.from)).filter(p => p >= 0);
      return [name, at.length > 0 ? at.reduce((a, b) => a + b, 0) / at.length : own];
    }));
    filled[i]!.sort((a, b) => weight.get(a)! - weight.get(b)!);
  }
  return filled;
}

type Merged = Pick<Arrow, "from" | "to" | "labels">;

function merge(edges: Edge[]): Merged[] {
  const found = new Map<string, Merged>();
  for (const e of edges) {
    const key = `${e.from}\u0001${e.to}`;
    const one = found.get(key) ?? { from: e.from, to: e.to, labels: [] };
    one.labels.push({ type: e.type, text: e.label ?? e.type });
    found.set(key, one);
  }
  return [...found.values()];
}

function labelOf(edge: Merged, room: string): string {
  const more = edge.labels.length > 1 ? ` +${edge.labels.length - 1}` : "";
  return cut(short(edge.labels[0]!.text, room), LABEL_MAX - more.length) + more;
}

const TRIES = [[0, 0], [0, -12], [0, 12], [0, -24], [0, 24], [0, -36], [0, 36], [-40, 0], [40, 0], [0, -48], [0, 48]] as const;

/** Moves words that would stand on a box or on other words to the nearest place where they do not. */
function settle(arrows: Arrow[], places: Place[]): void {
  const taken = places.map(p => ({ x: p.x, y: p.y, width: BOX.width, height: BOX.height }));
  for (const a of arrows) {
    const width = labelWidth(a.text);
    const at = (dx: number, dy: number) => ({ x: a.x + dx - width / 2, y: a.y + dy - LABEL_HEIGHT / 2, width, height: LABEL_HEIGHT });
    const free = TRIES.find(([dx, dy]) => { const me = at(dx, dy); return me.y >= 0 && !taken.some(t => me.x < t.x + t.width && t.x < me.x + width && me.y < t.y + t.height && t.y < me.y + LABEL_HEIGHT); });
    if (free) [a.x, a.y] = [a.x + free[0], a.y + free[1]];
    taken.push(at(0, 0));
  }
}

function arrow(edge: Merged, places: Map<string, Place>, bottom: number, number: number): Omit<Arrow, "text"> {
  const [a, b] = [places.get(edge.from)!, places.get(edge.to)!];
  const middle = BOX.height / 2;
  if (a.name === b.name) {
    const [x, y] = [a.x + BOX.width / 2, a.y];
    return { ...edge, path: `M${x - 22} ${y}C${x - 34} ${y - LOOP_ROOM} ${x + 34} ${y - LOOP_ROOM} ${x + 22} ${y}`, x, y: y - LOOP_ROOM + 8 };
  }
  if (b.layer > a.layer) {
    const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + middle, b.x, b.y + middle];
    const bend = Math.max(40, (x2 - x1) / 2);
    // The words stand in the gap before the target, where no box is.
    const x = x2 - GAP.x / 2;
    return { ...edge, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, x, y: along(y1, y2, (x - x1) / (x2 - x1)) };
  }
  if (b.layer === a.layer) {
    const down = b.y > a.y;
    const [x, y1, y2] = [a.x + BOX.width * 0.5, down ? a.y + BOX.height : a.y, down ? b.y : b.y + BOX.height];
    if (Math.abs(y2 - y1) <= GAP.y + 1) return { ...edge, path: `M${x} ${y1}L${x} ${y2}`, x, y: (y1 + y2) / 2 };
    const side = a.x + BOX.width;
    return { ...edge, path: `M${side} ${a.y + middle}C${side + 60} ${a.y + middle} ${side + 60} ${b.y + middle} ${side} ${b.y + middle}`, x: side + GAP.x / 2, y: (a.y + b.y) / 2 + middle };
  }
  // Back: over the boxes from the upper half, below them from the lower one, each a little apart.
  if (a.y + middle < (bottom + MARGIN + LOOP_ROOM - GAP.y) / 2 - 1) {
    const [x1, x2, y] = [a.x + BOX.width * 0.35, b.x + BOX.width * 0.5, MARGIN + (number % 3) * 7];
    return { ...edge, path: `M${x1} ${a.y}C${x1} ${y} ${x1 - 30} ${y} ${(x1 + x2) / 2} ${y}S${x2} ${y} ${x2} ${b.y}`, x: (x1 + x2) / 2, y };
  }
  const [x1, x2, y] = [a.x + BOX.width * 0.6, b.x + BOX.width * 0.4, bottom - GAP.y / 2 + (number % 3) * 9];
  return { ...edge, path: `M${x1} ${a.y + BOX.height}C${x1} ${y + 14} ${x1 - 30} ${y} ${(x1 + x2) / 2} ${y}S${x2} ${y + 14} ${x2} ${b.y + BOX.height}`, x: (x1 + x2) / 2, y };
}

/** The height of such a curve at a part of its way. */
const along = (y1: number, y2: number, part: number): number => {
  const t = part;
  return y1 * ((1 - t) ** 3 + 3 * (1 - t) ** 2 * t) + y2 * (3 * (1 - t) * t ** 2 + t ** 3);
};
