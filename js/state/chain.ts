import type { Draws, Summary, Warmup } from "./frame.ts";

/** All draws of one chain of the sampler, in an array that grows. */
class Series {
  values = new Float64Array(256);
  divergent: number[] = [];

  write(first: number, values: Float64Array, isDivergent: Float64Array | undefined): void {
    const end = first + values.length;
    if (end > this.values.length) {
      const larger = new Float64Array(Math.max(end, 2 * this.values.length));
      larger.set(this.values);
      this.values = larger;
    }
    this.values.set(values, first);
    while ((this.divergent.at(-1) ?? -1) >= first) this.divergent.pop();
    for (let i = 0; i < values.length; i++) if (isDivergent?.[i]) this.divergent.push(first + i);
  }
}

/** What has been drawn so far: the batches that arrived, put together. */
export class Chain {
  epoch = -1;
  /** A newer number tells those who count draws that earlier ones have been replaced. */
  revision = 0;
  /** Index of the first draw that is here: a saved chain may be the end of a longer one. */
  offset = 0;
  /** Number of draws that are here. */
  count = 0;
  series: Series[] = [];
  marks: Draws["marks"] = [];
  summary: Summary | null = null;
  /** Of vectors: the draws of each chain in two coordinates, and their moments there. */
  plane: { chains: (readonly [Series, Series])[]; mean: Float64Array; sd: Float64Array } | null =
    null;
  warmup: Warmup | null = null;
  /** The draws with the right gradient, where the gradient is scaled. */
  right: Series[] = [];
  rightSummary: Summary | null = null;

  /** Number of draws that the chain has made. */
  get numDraws(): number {
    return this.offset + this.count;
  }

  /**
   * Takes over a batch.
   * @returns whether all draws are here now; otherwise the earlier ones have to be asked for.
   */
  add(batch: Draws): boolean {
    const restarted =
      batch.epoch !== this.epoch ||
      batch.draws.length !== this.series.length ||
      (batch.right?.draws.length ?? 0) !== this.right.length ||
      batch.first < this.offset ||
      batch.first > this.numDraws;
    if (restarted) {
      this.epoch = batch.epoch;
      this.series = batch.draws.map(() => new Series());
      this.right = batch.right?.draws.map(() => new Series()) ?? [];
      this.plane = null;
      this.offset = batch.first;
      this.count = 0;
    }
    if (restarted || batch.first < this.numDraws) this.revision++;
    const first = batch.first - this.offset;
    batch.draws.forEach((values, i) => {
      this.series[i]?.write(first, values, batch.isDivergent[i]);
    });
    batch.right?.draws.forEach((values, i) => {
      this.right[i]?.write(first, values, undefined);
    });
    this.#addPlane(batch, first);
    this.count = first + (batch.draws[0]?.length ?? 0);
    this.marks = batch.marks;
    this.summary = batch.summary;
    this.rightSummary = batch.right?.summary ?? null;
    this.warmup = batch.warmup;
    return this.offset === 0;
  }

  #addPlane({ plane }: Draws, first: number): void {
    if (!plane) {
      this.plane = null;
      return;
    }
    const chains =
      this.plane?.chains ?? plane.chains.map(() => [new Series(), new Series()] as const);
    plane.chains.forEach((both, i) => {
      both.forEach((values, k) => {
        chains[i]?.[k]?.write(first, values, undefined);
      });
    });
    this.plane = { chains, mean: plane.mean, sd: plane.sd };
  }
}
