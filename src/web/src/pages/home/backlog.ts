export interface Sample {
  at: number;
  bytes: number;
}

const SHORTEST_MS = 60_000;

/** Bytes a second between the first and the last; null while they say nothing yet. Chunks come and go whole, so a minute at least. */
export function trendOf(samples: readonly Sample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last && last.at - first.at >= SHORTEST_MS ? (last.bytes - first.bytes) / ((last.at - first.at) / 1000) : null;
}
