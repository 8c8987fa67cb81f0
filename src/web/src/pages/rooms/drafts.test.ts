import { afterEach, describe, expect, it, vi } from "vitest";
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

  describe("when the page is loaded anew", () => {
    const store = new Map<string, string>();
    const load = async (): Promise<typeof import("./drafts")> => {
      vi.resetModules();
      vi.stubGlobal("sessionStorage", { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => void store.set(k, v), removeItem: (k: string) => void store.delete(k) });
      return import("./drafts");
    };
    afterEach(() => {
      vi.unstubAllGlobals();
      vi.useRealTimers();
    });

    it("is there again, and what was saved or dropped is not", async () => {
      vi.useFakeTimers();
      const before = await load();
      before.keepDraft("foyer", "storm", "{}", "\"1\"");
      before.keepDraft("foyer", "calm", "[]", null);
      vi.advanceTimersByTime(1_000);
      before.dropDraft("foyer", "calm");
      vi.advanceTimersByTime(1_000);
      const after = await load();
      expect(after.draftOf("foyer", "storm")).toMatchObject({ text: "{}", tag: "\"1\"" });
      expect(after.unsavedOf("foyer")).toEqual(["storm"]);
      after.dropDraft("foyer", "storm");
      vi.advanceTimersByTime(1_000);
      expect(store.size).toBe(0);
    });

    it("is shown to who typed it, and not to who logs in in the same tab after", async () => {
      const all = await load();
      const { me } = await import("../../live/me");
      const is = (user: string): void => { me.value = { ...me.peek(), user } as typeof me.value; };
      is("anna");
      all.keepDraft("foyer", "storm", "{}", null);
      is("boris");
      expect([all.draftOf("foyer", "storm"), all.unsavedOf("foyer")]).toEqual([undefined, []]);
      is("anna");
      expect(all.unsavedOf("foyer")).toEqual(["storm"]);
      all.dropDraft("foyer", "storm");
    });

    it.each(["{", "[1, [2]]", "[[\":foyer/storm\", null]]", "{\"a\":1}", "[[\":foyer/storm\", {\"text\": 5}]]"])("what is kept and is none (%s) is none", async text => {
      store.set("chorale.drafts", text);
      expect((await load()).unsavedOf("foyer")).toEqual([]);
    });
  });
});
