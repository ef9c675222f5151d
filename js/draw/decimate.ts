/**
 * The points that a line needs when `count` values share fewer columns of pixels: in each column
 * its smallest and its largest value, in their order, so that no extreme is lost.
 * @returns indices of the values to draw, ascending.
 */
export function decimate(values: ArrayLike<number>, count: number, columns: number): number[] {
  const kept: number[] = [];
  if (count <= 2 * columns) {
    for (let i = 0; i < count; i++) kept.push(i);
    return kept;
  }
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * count) / columns);
    const to = Math.floor(((column + 1) * count) / columns);
    let low = -1;
    let high = -1;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      if (low < 0 || value < (values[low] as number)) low = i;
      if (high < 0 || value > (values[high] as number)) high = i;
    }
    if (low < 0) continue;
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  }
  return kept;
}
