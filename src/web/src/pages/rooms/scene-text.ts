// A drawing of what is being typed, without asking anybody. Whether it is right is the check's to say.
import type { DrawnEdge, DrawnState, Drawing } from "./layout";

type Json = Record<string, unknown>;
const object = (value: unknown): Json | null => (value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : null);
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object).filter(v => v !== null) : []);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Null where the text is no scene with states. */
export function graphOfText(source: string): Drawing | null {
  let root: unknown;
  try {
    root = JSON.parse(source);
  } catch {
    return null;
  }
  const scene = object(root);
  const states = object(scene?.["states"]);
  if (!scene || !states) return null;
  const found: DrawnState[] = Object.entries(states).map(([name, value]) => {
    const state = object(value);
    return {
      name, description: text(state?.["description"]), is_initial: name === scene["initialState"],
      cues: list(state?.["timeline"]).reduce((sum, item) => sum + Math.max(1, list(item["actions"]).length), 0), enter: list(state?.["onEnter"]).map(a => `${String(a["topic"] ?? a["action"])} ${String(a["message"] ?? "")}`),
    };
  });
  const edges = [
    ...Object.entries(states).flatMap(([name, value]) => list(object(value)?.["transitions"]).map(t => edge(name, t))),
    ...list(scene["globalEvents"]).map(t => edge(null, t)),
  ].filter(e => e !== null);
  if (edges.some(e => e.to === "END") && !found.some(s => s.name === "END")) found.push({ name: "END", description: null, is_initial: false, cues: 0, enter: [] });
  return { states: found, edges };
}

function edge(from: string | null, t: Json): DrawnEdge | null {
  const to = text(t["goto"]);
  if (to === null) return null;
  const type = text(t["type"]) ?? "?";
  return { from, to, type, label: labelOf(type, t), is_global: from === null };
}

function labelOf(type: string, t: Json): string {
  switch (type) {
    case "timeout": return `${String(t["delay"] ?? "?")} s`;
    case "mqttMessage": return `${text(t["topic"])?.split("/").slice(1).join("/") ?? "?"} ${String(t["message"] ?? "")}`.trim();
    case "audioEnd": case "videoEnd": return `${type === "audioEnd" ? "\u266a" : "\u25b6"} ${String(t["target"] ?? "")}`.trim();
    default: return type;
  }
}

/** The line on which a state begins, from 1; null where it is not found. */
export function lineOfState(source: string, state: string): number | null {
  const at = source.search(new RegExp(`${JSON.stringify(state).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*:\\s*\\{`));
  return at < 0 ? null : source.slice(0, at).split("\n").length;
}

/** What a new scene begins as: the least that runs. */
export const blank = (room: string, name: string): string => JSON.stringify({
  sceneId: name,
  initialState: "start",
  states: {
    start: {
      onEnter: [{ action: "mqtt", topic: `${room}/light/1`, message: "ON" }],
      transitions: [{ type: "timeout", delay: 10, goto: "END" }],
    },
  },
}, null, 2) + "\n";
