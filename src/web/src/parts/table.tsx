/** A table that scrolls within its own frame where it is wider than the screen. */
export function Table({ head, children, label }: { head: preact.ComponentChildren[]; children: preact.ComponentChildren; label: string }) {
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead><tr>{head.map((h, i) => <th key={i} scope="col">{h}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
