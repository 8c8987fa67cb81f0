import type { SessionView } from "../../api/types";

export interface Wanted {
  text: string;
  state: string;
  /** A day as a date field has it, local; empty: any. */
  from: string;
  to: string;
}

const dayUs = (text: string, days: number): number => {
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days).getTime() * 1000;
};

/** All of what is asked for, by name, state and day. */
export function matches(s: SessionView, wanted: Wanted, stateWord: (state: string) => string): boolean {
  const text = wanted.text.trim().toLowerCase();
  return (text === "" || s.recording_id.toLowerCase().includes(text) || s.session_id.toLowerCase().includes(text) || stateWord(s.state).toLowerCase().includes(text))
    && (wanted.state === "" || s.state === wanted.state)
    && (wanted.from === "" || s.created_us >= dayUs(wanted.from, 0))
    && (wanted.to === "" || s.created_us < dayUs(wanted.to, 1));
}
