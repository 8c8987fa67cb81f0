import { describe, expect, it } from "vitest";
import { draftOf, dropDraft, keepDraft, unsavedOf } from "./drafts";

describe("what was typed and not saved", () => {
  it("is kept by room and scene with the tag of the file that it was begun on, until it is dropped", () => {
    keepDraft("foyer", "storm", "{", "\"1\"");
    keepDraft("foyer", "storm", "{}", "\"1\"");
    keepDraft("foyer2", "a/b", "x", null);
    expect(draftOf("foyer", "storm")).toMatchObject({ text: "{}", tag: "\"1\"" });
    expect(unsavedOf("foyer")).toEqual(["storm"]);
    expect(unsavedOf("foyer2")).toEqual(["a/b"]);
    dropDraft("foyer", "storm");
    dropDraft("foyer", "never");
    expect(draftOf("foyer", "storm")).toBeUndefined();
    expect(unsavedOf("foyer2")).toEqual(["a/b"]);
  });
});
