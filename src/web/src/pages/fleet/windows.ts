// Windows of a schedule as recorders read them: `always`, or `[days] HH:MM-HH:MM[, HH:MM-HH:MM]; ...`. Pure.

export const DAY = 24 * 60;
const names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const full = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

export interface Window {
  day: number;
  from: number;
  to: number;
}

/** Stretches of a week, each within its day, 0 = Sunday; or the word that cannot be read. */
export function readWindows(text: string): { windows: Window[] } | { bad: string } {
  if (text.trim().toLowerCase() === "always") return { windows: names.map((_, day) => ({ day, from: 0, to: DAY })) };
  const windows: Window[] = [];
  const groups = text.split(";").map(g => g.trim()).filter(g => g !== "");
  if (groups.length === 0) return { bad: text };
  for (const group of groups) {
    let days: number[] = [];
    let hasTimes = false;
    for (const word of group.split(/[,\s]+/).filter(w => w !== "")) {
      const halves = word.split("-");
      if (/^[a-z]/i.test(word)) {
        const range = hasTimes || halves.length > 2 ? null : daysOf(halves);
        if (!range) return { bad: word };
        days = days.concat(range);
        continue;
      }
      const [start, end] = [minute(halves[0]), minute(halves[1])];
      if (halves.length !== 2 || start === null || end === null || start === end || start === DAY) return { bad: word };
      hasTimes = true;
      for (const day of days.length > 0 ? days : names.map((_, i) => i)) add(windows, day, start, end === 0 ? DAY : end);
    }
    if (!hasTimes) return { bad: group };
  }
  return { windows };
}

/** Over midnight: two stretches. */
function add(windows: Window[], day: number, from: number, to: number): void {
  if (to > from) windows.push({ day, from, to });
  else windows.push({ day, from, to: DAY }, { day: (day + 1) % 7, from: 0, to });
}

function minute(text: string | undefined): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text ?? "");
  if (!found) return null;
  const at = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && at <= DAY ? at : null;
}

function dayOf(name: string): number {
  const lower = name.toLowerCase();
  return names.includes(lower) ? names.indexOf(lower) : full.indexOf(lower);
}

function daysOf(range: string[]): number[] | null {
  const [from, to] = [dayOf(range[0]!), dayOf(range.at(-1)!)];
  if (from < 0 || to < 0) return null;
  const days = [from];
  for (let day = from; day !== to; days.push(day)) day = (day + 1) % 7;
  return days;
}
