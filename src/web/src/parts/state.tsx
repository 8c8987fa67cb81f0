import { Icon, type Shape } from "./icon";

/** How a thing is: its colour and, for who sees no colours, its shape. */
export type Tone = "ok" | "pending" | "warn" | "bad" | "unknown" | "quiet";

export function State({ tone, children, title, shape }: { tone: Tone; children: preact.ComponentChildren; title?: string; shape?: Shape }) {
  return <span class={`state ${tone}`} data-state={tone} {...(title ? { title } : {})}><Icon shape={shape ?? tone} size={12} /><span>{children}</span></span>;
}
