import { useId, useRef } from "preact/hooks";

const EDGE_PX = 8, GAP_PX = 4;

/** The one that is open: opening another closes it. */
let open: { tip: HTMLElement; owner: HTMLElement } | null = null;

/** Below its owner, above where there is no room. */
function place(): void {
  if (!open?.tip.matches(":popover-open")) return;
  const [{ width, height }, at] = [open.tip.getBoundingClientRect(), open.owner.getBoundingClientRect()];
  const below = at.bottom + GAP_PX + height <= innerHeight - EDGE_PX;
  open.tip.style.left = `${Math.max(EDGE_PX, Math.min(at.left, innerWidth - width - EDGE_PX))}px`;
  open.tip.style.top = `${below ? at.bottom + GAP_PX : Math.max(EDGE_PX, at.top - height - GAP_PX)}px`;
}

function show(tip: HTMLElement | null, owner: HTMLElement): void {
  if (!tip?.showPopover) return; // an old browser: its title says it
  if (open === null) {
    addEventListener("scroll", place, { capture: true, passive: true });
    addEventListener("resize", place);
  }
  open = { tip, owner };
  if (!tip.matches(":popover-open")) tip.showPopover();
  place();
}

/**
 * Why something cannot be pressed now, for what it is spread on: said to who hears the page, and shown beside it on a press and when the
 * keyboard reaches it. It lies over everything and moves nothing; Escape, a press elsewhere or going on closes it.
 */
export function useWhy(why: string | null | undefined) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  if (!why) return { attributes: {}, tip: null, show: () => {} };
  const ask = (owner: HTMLElement): void => show(tip.current, owner);
  return {
    attributes: {
      "aria-disabled": true as const, "aria-describedby": id, title: why,
      onFocus: (e: FocusEvent) => { if ((e.currentTarget as HTMLElement).matches(":focus-visible")) ask(e.currentTarget as HTMLElement); },
      onBlur: () => { if (open?.tip === tip.current && open?.tip.matches(":popover-open")) open.tip.hidePopover(); },
    },
    tip: <span id={id} ref={tip} class="why" popover="auto" role="tooltip">{why}</span>,
    show: ask,
  };
}
