import type { Interval } from "./scales.ts";

/** Counts in bins of equal width that grow as draws arrive. */
export class Histogram {
  readonly counts: Float64Array;
  /** All values seen, those outside of the range among them. */
  total = 0;

  constructor(
    readonly range: Interval,
    readonly bins: number,
  ) {
    this.counts = new Float64Array(bins);
  }

  get width(): number {
    return (this.range[1] - this.range[0]) / this.bins;
  }

  add(values: ArrayLike<number>, from = 0, to = values.length): void {
    const [low, high] = this.range;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      this.total++;
      if (!(value >= low && value <= high)) continue;
      const bin = Math.min(this.bins - 1, Math.floor((value - low) / this.width));
      this.counts[bin] = (this.counts[bin] as number) + 1;
    }
  }

  /** The density that a bin shows. */
  density(bin: number): number {
    return this.total ? (this.counts[bin] as number) / (this.total * this.width) : 0;
  }
}
