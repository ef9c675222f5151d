import { expect, test } from "vitest";
import { Extremes } from "../../../js/draw/extremes.ts";
import { Histogram } from "../../../js/draw/histogram.ts";
import { Chain } from "../../../js/state/chain.ts";
import { readDraws } from "../../../js/state/frame.ts";
import { drawsPack, randomNumbers } from "../support/power.ts";

const random = randomNumbers(3);
const noise = Array.from({ length: 20_000 }, () => 4 * random() - 2);

test.each([1, 137, 20_000])("a line keeps all extremes, grown %i draws at a time", (batch) => {
  const values = Float64Array.from(noise);
  values[12_345] = 9;
  values[777] = -9;
  const line = new Extremes(300);
  for (let to = batch; to < values.length + batch; to += batch) {
    line.grow(values, Math.min(to, values.length));
  }
  const { kept } = line;
  expect(kept.length).toBeLessThanOrEqual(600);
  expect(kept.length).toBeGreaterThan(300);
  expect(kept).toContain(12_345);
  expect(kept).toContain(777);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
  // 20,000 draws in at most 300 stretches of a power of two: 128 draws each.
  for (let from = 0; from < values.length; from += 128) {
    const part = values.slice(from, from + 128);
    const seen = kept.filter((i) => i >= from && i < from + 128).map((i) => values[i] as number);
    expect(Math.max(...seen)).toBe(Math.max(...part));
    expect(Math.min(...seen)).toBe(Math.min(...part));
  }
});

test("few values are all kept; NaN never is", () => {
  const few = new Extremes(10);
  few.grow([1, 2, 3], 3);
  expect(few.kept).toEqual([0, 1, 2]);
  const values = Float64Array.from({ length: 100 }, (_, i) => (i % 2 ? Number.NaN : i));
  const line = new Extremes(10);
  line.grow(values, 100);
  expect(line.kept.length).toBeGreaterThan(5);
  expect(line.kept.every((i) => i % 2 === 0)).toBe(true);
});

test("a histogram grown draw by draw equals the one of all at once", () => {
  const whole = new Histogram([-1.5, 1.5], 40);
  whole.add(noise);
  const grown = new Histogram([-1.5, 1.5], 40);
  for (let from = 0; from < noise.length; from += 137) {
    grown.add(noise, from, Math.min(noise.length, from + 137));
  }
  expect(grown.counts).toEqual(whole.counts);
  expect(grown.total).toBe(noise.length);
});

test("its densities integrate to the share of the draws that lie in the range", () => {
  const histogram = new Histogram([-1, 1], 20);
  histogram.add(noise);
  let mass = 0;
  for (let bin = 0; bin < histogram.bins; bin++) mass += histogram.density(bin) * histogram.width;
  expect(mass).toBeCloseTo(noise.filter((x) => x >= -1 && x <= 1).length / noise.length, 12);
  const edge = new Histogram([0, 1], 4);
  edge.add([0, 1, Number.NaN, 2]);
  expect([...edge.counts]).toEqual([1, 0, 0, 1]);
});

const batch = (values: number[][], first: number, epoch = 0) => {
  const draws = readDraws(
    drawsPack(
      values,
      values.map((chain) => chain.map((v) => (v > 90 ? 1 : 0))),
      {},
      { number: 1, first, epoch },
    ),
  );
  if (!draws) throw new Error("no draws");
  return draws;
};

test("batches join to one chain, however large it grows", () => {
  const chain = new Chain();
  let first = 0;
  for (let size = 1; size <= 50; size++) {
    const values = Array.from({ length: size }, (_, i) => first + i);
    expect(chain.add(batch([values, values.map((v) => -v)], first))).toBe(true);
    first += size;
  }
  expect(chain.numDraws).toBe(1275);
  expect([...(chain.series[0]?.values.slice(0, 1275) ?? [])]).toEqual(
    Array.from({ length: 1275 }, (_, i) => i),
  );
  expect(chain.series[1]?.values[1274]).toBe(-1274);
  expect(chain.series[0]?.divergent[0]).toBe(91);
});

test("a restart drops what was there; draws told again replace, not repeat", () => {
  const chain = new Chain();
  chain.add(batch([[1, 95, 3]], 0));
  const before = chain.revision;
  chain.add(batch([[1, 95, 3, 4]], 0));
  expect(chain.numDraws).toBe(4);
  expect(chain.series[0]?.divergent).toEqual([1]);
  expect(chain.revision).toBeGreaterThan(before);
  chain.add(batch([[8]], 0, 1));
  expect(chain.numDraws).toBe(1);
  expect(chain.series[0]?.values[0]).toBe(8);
});

test("a gap shows what there is and says that draws are missing", () => {
  const chain = new Chain();
  chain.add(batch([[1, 2]], 0));
  expect(chain.add(batch([[7, 8]], 10))).toBe(false);
  expect(chain).toMatchObject({ offset: 10, count: 2, numDraws: 12 });
  expect(chain.add(batch([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]], 0))).toBe(true);
  expect(chain).toMatchObject({ offset: 0, count: 12 });
});
