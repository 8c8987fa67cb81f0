// How many rows a window holds, before it is known where they lie.

/** As high as a row is (listen.css), where names stand above their lines and elsewhere. */
export const rowPx = (): number => (matchMedia("(max-width: 48rem)").matches ? 112 : 72);

/** At least so much stands above the first row. */
const HEAD_PX = 200;

/** No fewer than will be found in sight, or the first view would be asked for twice. */
export const rowsAtFirst = (): number => Math.ceil((window.innerHeight - HEAD_PX) / rowPx()) + 4;
