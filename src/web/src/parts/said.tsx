/** A sentence of ours in which `what stands in backticks` is typed as it is. Of whatever else came with it only text is made. */
export function Said({ text }: { text: string }) {
  return <>{text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}
