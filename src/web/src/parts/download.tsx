import { words } from "../i18n";
import { link } from "../live/connection";
import { useWhy } from "./why";

interface Props {
  href: string;
  children: preact.ComponentChildren;
  /** How it is called on the disk; absent: as the hub calls it. */
  file?: string;
  kind?: string;
  why?: string | null;
  id?: string;
  name?: string;
}

/** A link to a file of the hub: where the hub is gone it leads nowhere and says why, instead of saving an error. */
export function Download({ href, children, file, kind = "button", why, id, name }: Props) {
  const cannot = link.value === "gone" || link.value === "refused" ? words.value.shell.hubGone : why;
  const no = useWhy(cannot);
  if (!cannot) return <a class={kind} id={id} data-name={name} href={href} download={file ?? ""}>{children}</a>;
  return (
    <>
      <a class={kind} id={id} data-name={name} role="link" tabIndex={0} {...no.attributes} onClick={e => no.show(e.currentTarget)} onKeyDown={e => { if (e.key === "Enter") no.show(e.currentTarget); }}>{children}</a>
      {no.tip}
    </>
  );
}
