import { useEffect, useRef } from "preact/hooks";

let first = true;

/** The heading of a page: takes the focus when one comes here, so that a screen reader says where one is. */
export function Title({ text, children }: { text: string; children?: preact.ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} · Chorale`;
  }, [text]);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
    window.scrollTo(0, 0);
  }, []);
  return <div class="title"><h1 ref={heading} tabIndex={-1}>{text}</h1>{children}</div>;
}
