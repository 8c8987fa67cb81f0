import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Detail } from "./detail";
import { rowPx, rowsAtFirst } from "./sight";
import { opened, rows } from "./state";
import { inSight } from "./told";
import { Track } from "./track";

/** Rows beyond the window that are drawn all the same, so that a quick hand sees no holes. */
const MORE = 3;

/** Only the rows in sight are in the document and asked for; the others are room. */
export function Rows() {
  const list = useRef<HTMLDivElement>(null);
  const detail = useRef<HTMLDivElement>(null);
  const [sizes, setSizes] = useState({ row: rowPx(), detail: 0 });
  const [range, setRange] = useState({ first: 0, last: rowsAtFirst() - 1 }); // about what look() will find
  const all = rows.value;
  const open = all.findIndex(r => r.id === opened.value);
  const top = (n: number): number => n * sizes.row + (open >= 0 && n > open ? sizes.detail : 0);

  useLayoutEffect(() => {
    const look = (): void => {
      if (!list.current) return;
      const above = -list.current.getBoundingClientRect().top;
      const find = (px: number): number => Math.floor((open >= 0 && px > (open + 1) * sizes.row ? Math.max((open + 1) * sizes.row, px - sizes.detail) : px) / sizes.row);
      const first = Math.max(0, find(above) - MORE);
      const last = Math.max(0, Math.min(all.length - 1, find(above + window.innerHeight) + MORE));
      setRange(old => (old.first === first && old.last === last ? old : { first, last }));
    };
    const soon = requestAnimationFrame(look); // to look at once would lay the page out twice
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      cancelAnimationFrame(soon);
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [all.length, sizes, open]);

  useLayoutEffect(() => {
    const ids = all.slice(range.first, range.last + 1).map(r => r.id);
    const old = inSight.peek();
    if (ids.length !== old.length || ids.some((id, n) => id !== old[n])) inSight.value = ids;
  }, [all, range]);

  useLayoutEffect(() => {
    if (!list.current) return;
    const measure = (): void => {
      const row = list.current?.querySelector<HTMLElement>(".track-row")?.offsetHeight ?? 0;
      const below = detail.current?.offsetHeight ?? 0;
      setSizes(old => ((row === 0 || old.row === row) && old.detail === below ? old : { row: row || old.row, detail: below }));
    };
    const watch = new ResizeObserver(measure); // measures at once, once it is laid out
    watch.observe(list.current);
    const one = list.current.querySelector(".track-row");
    if (one) watch.observe(one);
    if (detail.current) watch.observe(detail.current);
    return () => watch.disconnect();
  }, [all.length > 0, open]);

  return (
    <div class="rows" ref={list} style={{ height: `${top(all.length)}px` }}>
      {all.slice(range.first, range.last + 1).map((r, i) => (
        <div key={r.id} class="row-place" style={{ transform: `translateY(${top(range.first + i)}px)` }}><Track recorder={r} /></div>
      ))}
      {open >= 0 && <div key="detail" class="row-place" ref={detail} style={{ transform: `translateY(${(open + 1) * sizes.row}px)` }}><Detail key={all[open]!.id} recorder={all[open]!} /></div>}
    </div>
  );
}
