// What was found, in a sentence.
import { words } from "../../i18n";
import { clock, duration, moment } from "../../time";
import type { Found } from "./say";
import { DAY } from "./scale";

const ends = (from: number, to: number): [string, string] => to - from > DAY / 2 ? [moment(from), moment(to)] : [clock(from), clock(to)];

export function tell(found: Found): string {
  const [l, t] = [words.value.listen, words.value.timeline];
  switch (found.kind) {
    case "sound": {
      const text = l.span(...ends(found.from, found.to), duration(found.to - found.from), found.chunks);
      return found.label ? `${text}; ${t.odd(found.label)}` : text;
    }
    case "bucket": return l.bucket(moment(found.from), duration(found.covered), duration(found.to - found.from), found.odd);
    case "gap": return `${t.gap}: ${l.gap(...ends(found.from, found.to), l.causes[found.cause] ?? found.cause.replaceAll("_", " "), duration(found.duration), found.count)}`;
    case "nothing": return t.noAudio;
  }
}
