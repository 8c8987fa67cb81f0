// What the hub would send, for tests of who reads it.

/** kind 1: samples, 2: a note; `set` writes the rest of the header. */
export function block(kind: number, payload: Uint8Array, set: (v: DataView) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(40 + payload.length);
  bytes.set(new TextEncoder().encode("CLv1"));
  const view = new DataView(bytes.buffer);
  view.setUint8(4, kind);
  view.setUint32(32, payload.length, true);
  set(view);
  bytes.set(payload, 40);
  return bytes;
}
