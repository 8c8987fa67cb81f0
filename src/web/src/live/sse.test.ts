import { describe, expect, it } from "vitest";
import { EventReader } from "./sse";

describe("events out of a stream", () => {
  const stream = "event: snapshot\nid: ab-1\ndata: {\"a\":1}\n\n: a comment\nevent: beat\ndata: x\ndata: y\n\ndata:z\r\n\r\n";
  const whole = [
    { type: "snapshot", data: "{\"a\":1}", id: "ab-1" },
    { type: "beat", data: "x\ny", id: null },
    { type: "message", data: "z", id: null },
  ];

  it("are the same wherever the network cuts it", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new EventReader();
      expect([...reader.push(stream.slice(0, cut)), ...reader.push(stream.slice(cut))]).toEqual(whole);
    }
    const reader = new EventReader();
    expect([...stream].flatMap(letter => reader.push(letter))).toEqual(whole);
  });

  it("are told only when complete", () => {
    const reader = new EventReader();
    expect(reader.push("event: beat\ndata: x\n")).toEqual([]);
    expect(reader.push("\n")).toEqual([{ type: "beat", data: "x", id: null }]);
  });
});
