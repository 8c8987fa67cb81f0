import { words } from "../i18n";
import { dateTime, duration, nowUs, second } from "../time";

/** How old a value is, counted on by the second; the moment itself as its title. */
export function Age({ us, never }: { us: number | null; never?: string }) {
  second.value;
  if (us === null) return <span class="age quiet">{never ?? words.value.never}</span>;
  const age = Math.max(0, Math.round((nowUs() - us) / 1e6) * 1e6);
  return <time class="age quiet" title={dateTime(us)}>{age < 1e6 ? words.value.justNow : words.value.ago(duration(age))}</time>;
}
