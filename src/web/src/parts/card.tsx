/** A thing and what is known of it. */
export function Card({ title, aside, children, level = 2, id, kind = "" }: {
  title?: preact.ComponentChildren; aside?: preact.ComponentChildren; children?: preact.ComponentChildren; level?: 2 | 3; id?: string; kind?: string;
}) {
  const Heading = `h${level}` as const;
  return (
    <section class={`card ${kind}`} id={id}>
      {(title || aside) && <header class="card-head">{title && <Heading>{title}</Heading>}{aside && <div class="aside">{aside}</div>}</header>}
      {children}
    </section>
  );
}

/** Why there is nothing here, and what would change that. */
export function Empty({ children, id }: { children: preact.ComponentChildren; id?: string }) {
  return <p class="empty quiet" id={id}>{children}</p>;
}

export function Facts({ children }: { children: preact.ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}
