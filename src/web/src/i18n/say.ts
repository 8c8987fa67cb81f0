// What the hub says, in the words of the page's language: events out of their kind and data, reasons by their wording; as the hub worded it where that is not known here.
import type { LogEvent } from "../api/types";
import { words } from "../i18n";

export const verdictWord = (verdict: string): string => words.value.verdicts[verdict] ?? verdict.replaceAll("_", " ");

const alarmWord = (alarm: string): string => words.value.alarms[alarm]?.name ?? alarm.replaceAll("_", " ");

const commandWord = (command: string): string => words.value.fleet.words[command] ?? command;

/** timed_out, timed out, TimedOut: as the hub writes it here and there. */
const verdictOf = (text: string): string => verdictWord(text.replace(" ", "_").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase());

/** What is a word of ours and no name. */
const wordsOf: Record<string, (value: string) => string> = {
  verdict: verdictWord, Verdict: verdictOf, reason: reasonOf, alarm: alarmWord, Alarm: alarmWord, command: commandWord, again: a => words.value.log.again[a] ?? a,
  Presence: p => words.value.fleet.presence[p.toLowerCase()] ?? p,
};

/** Null: something that it needs is missing, as in rows of older hubs. */
function fill(template: string, args: Readonly<Record<string, string>>): string | null {
  let isWhole = true;
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = args[name];
    if (value === undefined) isWhole = false;
    return value === undefined ? "" : wordsOf[name]?.(value) ?? value;
  });
  return isWhole ? text : null;
}

export function textOf(e: Pick<LogEvent, "area" | "event" | "text"> & { args?: LogEvent["args"] }): string {
  const told = words.value.told;
  const template = told[`${e.area}.${e.event}`] ?? told[e.event];
  return (template === undefined ? null : fill(template, e.args ?? {})) ?? e.text;
}

const escaped = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
const patterns = new Map<string, RegExp>();

/** "silent for {n} s" as a pattern: what stands in braces is taken over. */
function patternOf(worded: string): RegExp {
  let found = patterns.get(worded);
  if (!found) patterns.set(worded, (found = new RegExp(`^${escaped(worded).replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`)));
  return found;
}

/** A reason: whole where it is known, else with its verdicts in words. */
export function reasonOf(reason: string): string {
  for (const [worded, template] of Object.entries(words.value.reasons)) {
    const found = patternOf(worded).exec(reason);
    const said = found && fill(template, found.groups ?? {});
    if (said !== null && said !== undefined) return said;
  }
  return reason.replace(COMMAND, (_, command: string) => `${commandWord(command)}: `).replace(VERDICT, (_, verdict: string) => `: ${verdictOf(verdict)}`);
}

const COMMAND = /^(start|stop|config|schedule|mute|unmute|shutdown): /;

/** After a colon. */
const VERDICT = /: (confirmed|refused|timed[_ ]out|ambiguous|contradicted|superseded|lost[_ ]link|cancelled|simulated|Refused|TimedOut|Ambiguous|Contradicted|LostLink)(?=$|[,;:])/g;
