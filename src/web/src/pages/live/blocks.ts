// Reads what the hub sends to who listens: blocks of samples with their time, and notes (design/live.md has the layout).

export interface SampleBlock {
  kind: "samples";
  channels: number;
  rateHz: number;
  frames: number;
  /** UTC of the first frame, and of the moment the hub had it; both microseconds since 1970. */
  startUs: number;
  sentUs: number;
  /** Something is missing before it. */
  broken: boolean;
  /** Interleaved. */
  samples: Int16Array;
}

export interface NoteBlock {
  kind: "note";
  sentUs: number;
  state: string;
  why: string | null;
}

export type Block = SampleBlock | NoteBlock;

const HEADER = 40;
/** A second of stereo at 48 kHz is 192 kB; a block holds a sixteenth. */
const PAYLOAD_MAX = 1 << 20;

/** Puts the pieces of a body together. Throws when it is not what the hub sends. */
export class BlockReader {
  private rest = new Uint8Array(0);

  push(piece: Uint8Array): Block[] {
    const all = new Uint8Array(this.rest.length + piece.length);
    all.set(this.rest);
    all.set(piece, this.rest.length);
    const blocks: Block[] = [];
    let at = 0;
    while (all.length - at >= HEADER) {
      const view = new DataView(all.buffer, at, HEADER);
      const payload = view.getUint32(32, true);
      if (view.getUint32(0, false) !== 0x434c7631 || payload > PAYLOAD_MAX) throw new Error("not a stream of live blocks");
      if (all.length - at < HEADER + payload) break;
      blocks.push(read(view, all.subarray(at + HEADER, at + HEADER + payload)));
      at += HEADER + payload;
    }
    this.rest = all.slice(at);
    return blocks;
  }
}

function read(view: DataView, payload: Uint8Array): Block {
  const sentUs = Number(view.getBigInt64(24, true));
  if (view.getUint8(4) === 2) {
    const note = JSON.parse(new TextDecoder().decode(payload)) as { state: string; why: string | null };
    return { kind: "note", sentUs, state: note.state, why: note.why };
  }
  const channels = view.getUint8(5);
  const samples = new Int16Array(payload.length >> 1);
  const bytes = new DataView(payload.buffer, payload.byteOffset, payload.length);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.getInt16(i * 2, true);
  return {
    kind: "samples", channels, rateHz: view.getUint32(8, true), frames: view.getUint32(12, true), startUs: Number(view.getBigInt64(16, true)), sentUs,
    broken: (view.getUint16(6, true) & 1) !== 0, samples,
  };
}
