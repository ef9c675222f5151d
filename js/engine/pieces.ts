// Work that would keep the page from hearing the hand, a little at a time.

/** So many milliseconds of it at a time. */
const PIECE = 8;

/** Calls `each` with 0, 1, ... below `count`; returns false where it was ended in between. */
export async function inPieces(
  count: number,
  each: (index: number) => void,
  isWanted: () => boolean,
): Promise<boolean> {
  for (let index = 0; index < count; ) {
    for (const end = performance.now() + PIECE; index < count && performance.now() < end; ) {
      each(index++);
    }
    await new Promise((done) => setTimeout(done));
    if (!isWanted()) return false;
  }
  return true;
}
