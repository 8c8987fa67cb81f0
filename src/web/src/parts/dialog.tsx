import { useEffect, useRef } from "preact/hooks";

/** What has to be answered first: over the page, which cannot be reached meanwhile. Without `onClose` it cannot be waved away. */
export function Dialog({ id, isOpen, title, onClose, children }: { id: string; isOpen: boolean; title: string; onClose?: () => void; children: preact.ComponentChildren }) {
  const frame = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen && !frame.current?.open) frame.current?.showModal();
    if (!isOpen && frame.current?.open) frame.current.close();
  }, [isOpen]);
  return (
    <dialog ref={frame} class="card dialog" id={id} aria-labelledby={`${id}-title`} onCancel={e => { e.preventDefault(); onClose?.(); }}>
      {isOpen && <><h2 id={`${id}-title`}>{title}</h2>{children}</>}
    </dialog>
  );
}
