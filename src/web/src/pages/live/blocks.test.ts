import { describe, expect, it } from "vitest";
import { BlockReader, type SampleBlock } from "./blocks";
import { block } from "./blocks.testing";

describe("blocks of a live stream", () => {
  const samples = block(1, new Uint8Array([1, 0, 255, 255]), v => {
    v.setUint8(5, 2);
    v.setUint16(6, 1, true);
    v.setUint32(8, 48_000, true);
    v.setUint32(12, 1, true);
    v.setBigInt64(16, 1_795_951_882_881_027n, true);
    v.setBigInt64(24, 1_795_951_882_941_027n, true);
  });
  const note = block(2, new TextEncoder().encode('{"state":"quiet","why":"muted","lag_ms":12}'));

  it("are the same however the network cuts them", () => {
    const all = new Uint8Array([...samples, ...note, ...samples]);
    for (let cut = 1; cut < all.length; cut++) {
      const reader = new BlockReader();
      const found = [...reader.push(all.subarray(0, cut)), ...reader.push(all.subarray(cut))];
      expect(found.map(b => b.kind)).toEqual(["samples", "note", "samples"]);
      const first = found[0] as SampleBlock;
      expect([...first.samples]).toEqual([1, -1]);
      expect(first).toMatchObject({ channels: 2, rateHz: 48_000, frames: 1, startUs: 1_795_951_882_881_027, broken: true });
      expect(found[1]).toMatchObject({ state: "quiet", why: "muted" });
    }
  });

  it("are told from a portal's page", () => {
    expect(() => new BlockReader().push(new TextEncoder().encode("<html>".repeat(20)))).toThrow();
  });
});
