// When a file began, as its name tells it.

/** Names of recorders carry the start: chunk_20260105_100000, 2026-01-05T10-00-00Z, 20260105-100000.500. UTC where a Z stands behind it or a recorder of ours wrote it. */
export function startInName(name: string): number | null {
  const found = /(?:^|[^0-9])(\d{4})-?(\d{2})-?(\d{2})[T_ -](\d{2})[-:_]?(\d{2})[-:_]?(\d{2})(?:[.,](\d{1,6}))?(Z)?/.exec(name);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const isUtc = found[8] === "Z" || name.startsWith("chunk_");
  const ms = isUtc ? Date.UTC(year, month - 1, day, hour, minute, second) : new Date(year, month - 1, day, hour, minute, second).getTime();
  return ms * 1000 + Number((found[7] ?? "").padEnd(6, "0"));
}
