// The way from this page to a sound card, which is pulled out or falls silent while somebody listens.

const LOOK_MS = 500;
/** A clock that went and stands for so long although it should go has nothing behind it. */
const STANDS_MS = 4_000;
/** A card may sleep: one of Bluetooth needs seconds to begin. */
const BEGINS_MS = 20_000;
/** Looks that come late, in a tab out of sight or after the machine slept, count as if they had not. */
const LATE_MS = 1_000;
const AGAIN_MS = [0, 1_000, 2_000, 5_000];

/** How long until the next card is tried, after so many that took nothing. */
export const nextCardIn = (losses: number): number => AGAIN_MS[Math.min(losses, AGAIN_MS.length - 1)]!;

/** True when a media element ended because of its card, as Chromium and Firefox word it. */
export const isOfCard = (error: MediaError | null): boolean => /RENDERER|CUBEB|MEDIASINK/.test(error?.message ?? "");

/**
 * Says once when a context has lost its card: by the browser's word, or because its clock stands while it is to run. Such a context
 * sounds no more, whatever becomes of the card; a new one does.
 */
export function watchCard(context: AudioContext, isToRun: () => boolean, lost: () => void): () => void {
  let [at, stood, last] = [context.currentTime, 0, performance.now()];
  let saying: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    clearInterval(timer);
    clearTimeout(saying);
    context.removeEventListener("error", say);
  };
  const say = (): void => {
    end();
    saying = setTimeout(lost); // Chromium sets the state after it has said so: a context closed at once would be open again
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const isHeld = !isToRun() || (context.state as string) === "interrupted"; // by a call, and given back after it
    stood = context.currentTime !== at || isHeld ? 0 : stood + Math.min(now - last, LATE_MS);
    [at, last] = [context.currentTime, now];
    if (stood > (at > 0 ? STANDS_MS : BEGINS_MS)) say();
  }, LOOK_MS);
  context.addEventListener("error", say);
  return end;
}
