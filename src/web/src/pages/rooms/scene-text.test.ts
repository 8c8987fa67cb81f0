import { describe, expect, it } from "vitest";
import { graphOfText, lineOfState } from "./scene-text";

const source = `{
  "sceneId": "demo", "initialState": "A",
  "globalEvents": [{"type": "mqttMessage", "topic": "room1/emergency", "message": "STOP", "goto": "END"}],
  "states": {
    "A": {"timeline": [{"at": 1, "action": "audio", "message": "x"}, {"at": 2, "actions": [{}, {}]}], "transitions": [{"type": "timeout", "delay": 5, "goto": "B.c"}]},
    "B.c": {"onEnter": [{}], "transitions": [{"type": "audioEnd", "target": "x.mp3", "goto": "A"}, {"type": "always"}]}
  }
}`;

describe("the drawing of what is being typed", () => {
  it("has its states, its arrows with their causes, and an end where one is named", () => {
    const graph = graphOfText(source)!;
    expect(graph.states.map(s => [s.name, s.is_initial, s.cues])).toEqual([["A", true, 3], ["B.c", false, 0], ["END", false, 0]]);
    expect(graph.edges.map(e => [e.from, e.to, e.label])).toEqual([["A", "B.c", "5 s"], ["B.c", "A", "\u266a x.mp3"], [null, "END", "emergency STOP"]]);
  });

  it("is none while the text is no scene, whatever is typed on the way", () => {
    for (let cut = 0; cut < source.length; cut++) expect(() => graphOfText(source.slice(0, cut))).not.toThrow();
    for (const odd of ["", "null", "[]", "3", '{"states": 7}', "{}"]) expect(graphOfText(odd)).toBeNull();
    expect(graphOfText('{"states": {"A": null, "B": {"transitions": [null, 3, {"goto": 5}]}}}')!.edges).toEqual([]);
  });

  it("finds the line of a state, also where its name means something to a search", () => {
    expect(lineOfState(source, "A")).toBe(5);
    expect(lineOfState(source, "B.c")).toBe(6);
    expect(lineOfState(source, "(")).toBeNull();
  });
});
