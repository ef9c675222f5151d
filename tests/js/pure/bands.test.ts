import { expect, test } from "vitest";
import { bands, edges, MIN_BAND, runs } from "../../../js/draw/bands.ts";
import { linear } from "../../../js/draw/scales.ts";

const isBad = (code: number) => code !== 0;

test("runs are the stretches that belong, at the ends too", () => {
  expect(runs([1, 1, 0, 0, 2, 0, 1], isBad)).toEqual([
    [0, 1],
    [4, 4],
    [6, 6],
  ]);
  expect(runs([0, 0], isBad)).toEqual([]);
  expect(runs([1, 1], isBad)).toEqual([[0, 1]]);
});

test("a run reaches half way to its neighbours, and not beyond the grid", () => {
  const xs = [0, 1, 2, 4];
  expect(edges(xs, [1, 2])).toEqual([0.5, 3]);
  expect(edges(xs, [0, 3])).toEqual([0, 4]);
});

test("a band is never narrower than four pixels, and keeps its middle", () => {
  const xs = Array.from({ length: 1001 }, (_, i) => i / 1000);
  const codes = xs.map((x) => (x === 0.5 ? 1 : 0));
  const [band] = bands(xs, runs(codes, isBad), linear([0, 1], [0, 300]));
  expect(band).toBeDefined();
  const [from, to] = band as [number, number];
  expect(to - from).toBeCloseTo(MIN_BAND, 9);
  expect((from + to) / 2).toBeCloseTo(150, 6);
});

test("bands that touch once widened become one; wide ones keep their width", () => {
  const xs = Array.from({ length: 101 }, (_, i) => i);
  const codes = xs.map((x) => (x === 10 || x === 12 || (x >= 60 && x <= 80) ? 1 : 0));
  const found = bands(xs, runs(codes, isBad), linear([0, 100], [0, 100]));
  expect(found).toHaveLength(2);
  expect(found[0]).toEqual([8, 14]);
  expect(found[1]).toEqual([59.5, 80.5]);
});
