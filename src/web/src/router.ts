// Addresses are after the #: the hub serves one file, and no address can ask it for another.
import { computed, signal } from "@preact/signals";

export const path = signal(read());

function read(): string {
  return typeof location === "undefined" ? "/" : location.hash.replace(/^#/, "") || "/";
}

if (typeof window !== "undefined") window.addEventListener("hashchange", () => { path.value = read(); });

/** The address in parts: <c>#/rooms/hall/scenes</c> is rooms, hall, scenes. */
export const parts = computed(() => path.value.split("/").filter(p => p !== "").map(part));

function part(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand
  }
}

export const to = (...names: (string | number)[]): string => "#/" + names.map(n => encodeURIComponent(n)).join("/");

/** Goes to an address of this page; with `replace` Back does not come here. */
export function go(address: string, replace: boolean): void {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  path.value = read();
}
