import { expect, test } from "vitest";
import { extent, linear, logarithmic, pad, symlog } from "../../../js/draw/scales.ts";

test("a symmetric logarithmic scale is odd, ascending, linear at zero and invertible", () => {
  const scale = symlog([-10, 10], [0, 1000], 0.01);
  expect(scale(0)).toBeCloseTo(500, 9);
  expect(scale(-10)).toBeCloseTo(0, 9);
  expect(scale(10)).toBeCloseTo(1000, 9);
  const xs = [-10, -1, -0.18, -0.01, -1e-9, 0, 1e-9, 0.045, 0.18, 5.84, 10];
  const pixels = xs.map(scale);
  expect(pixels).toEqual([...pixels].sort((a, b) => a - b));
  for (const x of xs) {
    expect(scale.invert(scale(x))).toBeCloseTo(x, 9);
    expect(scale(x) + scale(-x)).toBeCloseTo(1000, 6);
  }
  // Twice as far at zero is twice as far on the screen; further out it is a constant step.
  expect((scale(2e-6) - 500) / (scale(1e-6) - 500)).toBeCloseTo(2, 3);
  const wide = symlog([-1e4, 1e4], [0, 1000], 0.01);
  const decades = [10, 100, 1000].map((x) => wide(10 * x) - wide(x));
  for (const decade of decades) expect(decade / (decades[0] as number)).toBeCloseTo(1, 2);
});

test("its ticks are zero and powers of ten, mirrored, as many as fit", () => {
  const scale = symlog([-10, 10], [0, 1000], 0.01);
  expect(scale.ticks(9)).toEqual([-10, -1, -0.1, 0, 0.1, 1, 10]);
  expect(scale.ticks(5)).toEqual([-10, -0.1, 0, 0.1, 10]);
  expect(symlog([0, 10], [0, 500], 0.01).ticks(9)).toEqual([0, 0.1, 1, 10]);
});

test("logarithmic ticks are powers of ten with an even stride from the top", () => {
  const exponents = (count: number) =>
    logarithmic([1e-16, 1], [100, 0])
      .ticks(count)
      .map((tick) => Math.round(Math.log10(tick)));
  expect(exponents(5)).toEqual([-16, -12, -8, -4, 0]);
  expect(exponents(2)).toEqual([-16, -8, 0]);
});

test("linear scales go both ways and do not break on an empty domain", () => {
  const scale = linear([-1, 1], [40, 240]);
  expect(scale(0)).toBe(140);
  expect(scale.invert(240)).toBe(1);
  expect(linear([2, 2], [0, 100])(2)).toBe(0);
});

test("extents ignore what is not finite", () => {
  expect(extent([3, Number.NaN, -1, Number.POSITIVE_INFINITY], [7])).toEqual([-1, 7]);
  expect(extent([Number.NaN])).toBeNull();
  expect(pad(null, 0.1)).toEqual([-0.1, 1.1]);
  const [low, high] = pad([2, 2], 0.1);
  expect(high).toBeGreaterThan(low);
});

test("linear ticks are multiples of 1, 2 or 5 times a power of ten, both ends included", () => {
  expect(linear([-1, 1], [0, 1]).ticks(5)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(linear([0, 0.3], [0, 1]).ticks(4)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(linear([1.05, 6], [0, 1]).ticks(5)).toEqual([2, 3, 4, 5, 6]);
  expect(linear([0, 4000], [0, 1]).ticks(8)).toEqual([
    ...[0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000],
  ]);
  expect(linear([2, 2], [0, 1]).ticks(4)).toEqual([2]);
  expect(linear([0, Number.POSITIVE_INFINITY], [0, 1]).ticks(4)).toEqual([]);
});
