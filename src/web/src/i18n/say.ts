// What the hub says, in the words of the page's language: events out of their kind and data, reasons, checks and refusals by their wording; as the hub worded it where that is not known here.
import type { LogEvent } from "../api/types";
import { words } from ".";

export const verdictWord = (verdict: string): string => words.value.verdicts[verdict] ?? verdict.replaceAll("_", " ");

const alarmWord = (alarm: string): string => words.value.alarms[alarm]?.name ?? alarm.replaceAll("_", " ");

const roleWord = (role: string): string => words.value.access.roles[role] ?? role;

const commandWord = (command: string): string => words.value.fleet.words[command] ?? command;

/** timed_out, timed out, TimedOut: as the hub writes it here and there. */
const verdictOf = (text: string): string => verdictWord(text.replace(" ", "_").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase());

/** What is a word of ours and no name. */
const wordsOf: Record<string, (value: string) => string | null> = {
  verdict: verdictWord, Verdict: verdictOf, reason: reasonOf, alarm: alarmWord, Alarm: alarmWord, command: commandWord, again: a => words.value.log.again[a] ?? a,
  Presence: p => words.value.fleet.presence[p.toLowerCase()] ?? p, what: checkOf, found: checkOf, wanted: checkOf, why: whyOf, problem: knownOf, allowed: refusalOf, advice: refusalOf, is: roleWord, role: roleWord, who: byOf, By: byOf,
};

/** Null: something that it needs is missing, as in rows of older hubs. */
function fill(template: string, args: Readonly<Record<string, string>>): string | null {
  let isWhole = true;
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = args[name];
    const said = value === undefined ? null : name in wordsOf ? wordsOf[name]!(value) : value;
    if (said === null) isWhole = false;
    return said ?? "";
  });
  return isWhole ? text : null;
}

export function textOf(e: Pick<LogEvent, "area" | "event" | "text"> & { args?: LogEvent["args"] }): string {
  const told = words.value.told;
  const template = told[`${e.area}.${e.event}`] ?? told[e.event];
  return (template === undefined ? null : fill(template, e.args ?? {})) ?? e.text;
}

/** English as the hub words it, with places for values, to the words of the page's language. */
type Worded = Readonly<Record<string, string>>;

const escaped = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");

/** "silent for {n} s" as a pattern: what stands in its places is taken over, were it nothing. The name of a field is one word. */
const patternOf = (worded: string): RegExp =>
  new RegExp(`^${escaped(worded).replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${name === "field" ? "[\\w-]+" : ".*?"})`)}$`, "s");

/** Most of its own words first: a sentence that goes on is not the shorter one with a long value. */
const own = (worded: string): number => worded.replace(/\{\w+\}/g, "").length;

const patterns = new WeakMap<Worded, [RegExp, string][]>();

const SAID_MAX = 2_000, SAID_CHARS_MAX = 1_000;
const answers = new WeakMap<Worded, Map<string, string | null>>();

/** Null: the hub's words are not known here. A log says the same over and over. */
function saidBy(table: Worded, text: string): string | null {
  let said = answers.get(table);
  if (!said || said.size >= SAID_MAX) answers.set(table, (said = new Map()));
  if (text.length > SAID_CHARS_MAX) return null; // nothing of the hub's own is so long
  if (!said.has(text)) said.set(text, lookUp(table, text));
  return said.get(text)!;
}

function lookUp(table: Worded, text: string): string | null {
  let all = patterns.get(table);
  if (!all) patterns.set(table, (all = Object.entries(table).sort(([a], [b]) => own(b) - own(a)).map(([worded, template]) => [patternOf(worded), template])));
  for (const [pattern, template] of all) {
    const found = pattern.exec(text);
    const said = found && fill(template, found.groups ?? {});
    if (said !== null) return said;
  }
  return null;
}

/** A reason: whole where it is known, else with its verdicts in words. */
export function reasonOf(reason: string): string {
  const said = saidBy(words.value.reasons, reason) ?? saidBy(words.value.refusals, reason);
  const parts = said === null && reason.length < SAID_CHARS_MAX ? reason.split("; ") : [];
  if (parts.length > 1) return parts.map(reasonOf).join("; "); // several remarks of one module
  return said
    ?? reason.replace(COMMAND, (_, command: string) => `${commandWord(command)}: `).replace(VERDICT, (_, verdict: string) => `: ${verdictOf(verdict)}`);
}

/** What the check says of a line of a scene. */
export function checkOf(text: string): string {
  return saidBy(words.value.checks, text) ?? text;
}

/** What the hub said no with, and why a job failed. */
export function refusalOf(text: string): string {
  return saidBy(words.value.refusals, text) ?? checkOf(text);
}

/** Null: whoever says this says more than is known here. */
function knownOf(text: string): string | null {
  return saidBy(words.value.refusals, text) ?? saidBy(words.value.checks, text);
}

function whyOf(text: string): string {
  return saidBy(words.value.checks, text) ?? saidBy(words.value.reasons, text) ?? refusalOf(text);
}

/** Who asked: a name, or one of the hub's own words for somebody without one. */
export function byOf(by: string): string {
  return words.value.asked[by] ?? by;
}

const COMMAND = /^(start|stop|config|schedule|mute|unmute|shutdown): /;

/** After a colon. */
const VERDICT = /: (confirmed|refused|timed[_ ]out|ambiguous|contradicted|superseded|lost[_ ]link|cancelled|simulated|Refused|TimedOut|Ambiguous|Contradicted|LostLink)(?=$|[,;:])/g;
