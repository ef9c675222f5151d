/**
 * The points that a line through many values needs: of each stretch of equal length its smallest
 * and its largest value, so that no extreme is lost. Grows value by value; when there are too many
 * stretches, neighbours become one.
 */
export class Extremes {
  /** Indices of the extremes of each stretch; -1 where all values are NaN. */
  #lows: number[] = [];
  #highs: number[] = [];
  #length = 1;
  /** Number of values seen. */
  count = 0;

  /** @param limit of the number of stretches. */
  constructor(private readonly limit: number) {}

  /** Goes on to `to`; earlier values must be as they were. */
  grow(values: ArrayLike<number>, to: number): void {
    for (let i = this.count; i < to; i++) {
      const stretch = Math.floor(i / this.#length);
      if (stretch === this.limit) {
        this.#merge(values);
        i--;
        continue;
      }
      const low = this.#lows[stretch] ?? -1;
      const high = this.#highs[stretch] ?? -1;
      const value = values[i] as number;
      const known = !Number.isNaN(value);
      this.#lows[stretch] = known && (low < 0 || value < (values[low] as number)) ? i : low;
      this.#highs[stretch] = known && (high < 0 || value > (values[high] as number)) ? i : high;
    }
    this.count = Math.max(this.count, to);
  }

  /** Indices of the values to draw, ascending. */
  get kept(): number[] {
    const kept: number[] = [];
    this.#lows.forEach((low, stretch) => {
      const high = this.#highs[stretch] as number;
      if (low < 0) return;
      kept.push(Math.min(low, high));
      if (low !== high) kept.push(Math.max(low, high));
    });
    return kept;
  }

  #merge(values: ArrayLike<number>): void {
    const better = (indices: number[], sign: number) => {
      const merged: number[] = [];
      for (let i = 0; i < indices.length; i += 2) {
        const [a, b] = [indices[i] as number, indices[i + 1] ?? -1];
        const first =
          b < 0 || (a >= 0 && sign * (values[a] as number) >= sign * (values[b] as number));
        merged.push(first ? a : b);
      }
      return merged;
    };
    this.#lows = better(this.#lows, -1);
    this.#highs = better(this.#highs, 1);
    this.#length *= 2;
  }
}
