// What differs between two texts, line by line. Pure.

export interface DiffLine {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Beyond this many pairs of lines the middle is told as one change: a scene has hundreds of lines. */
const PAIRS_MAX = 4_000_000;

/** From one text to the other: the longest sequence of lines that both have stays, the rest is gone or new. */
export function diff(from: string, to: string): DiffLine[] {
  const [a, b] = [from.split("\n"), to.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [...lines("same", a.slice(0, head)), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...lines("same", a.slice(a.length - tail))];
}

const lines = (kind: DiffLine["kind"], all: string[]): DiffLine[] => all.map(text => ({ kind, text }));

function middle(a: string[], b: string[]): DiffLine[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > PAIRS_MAX) return [...lines("gone", a), ...lines("new", b)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const found: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      found.push({ kind: "same", text: a[i]! });
      i++;
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) found.push({ kind: "gone", text: a[i++]! });
    else found.push({ kind: "new", text: b[j++]! });
  }
  return [...found, ...lines("gone", a.slice(i)), ...lines("new", b.slice(j))];
}

/** Changes with some lines around them; null stands for what was left out. */
export function around(all: readonly DiffLine[], context = 2): (DiffLine | null)[] {
  const keep = all.map(() => false);
  all.forEach((l, i) => {
    if (l.kind !== "same") for (let k = Math.max(0, i - context); k <= Math.min(all.length - 1, i + context); k++) keep[k] = true;
  });
  const shown: (DiffLine | null)[] = [];
  all.forEach((l, i) => {
    if (keep[i]) shown.push(l);
    else if (shown.length === 0 || shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}
