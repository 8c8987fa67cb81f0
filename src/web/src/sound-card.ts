// The way from this page to a sound card, which is pulled out or falls silent while somebody listens.

const LOOK_MS = 500;
/** A clock that stands for so long although it should run has nothing behind it; a busy machine is late by less. */
const STANDS_MS = 4_000;
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
  let [at, since] = [context.currentTime, performance.now()];
  const say = (): void => {
    end();
    lost();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (context.currentTime !== at || !isToRun()) [at, since] = [context.currentTime, now];
    else if (now - since > STANDS_MS) say();
  }, LOOK_MS);
  const end = (): void => {
    clearInterval(timer);
    context.removeEventListener("error", say);
  };
  context.addEventListener("error", say);
  return end;
}
