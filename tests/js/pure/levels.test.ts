import { expect, test } from "vitest";
import { energyLevels } from "../../../js/draw/levels.ts";

const grid = Float64Array.from({ length: 801 }, (_, i) => -4 + i / 100);

test("a Gaussian's energy levels are ellipses", () => {
  const gaussian = grid.map((x) => -(x * x) / 2);
  const [contour, ...more] = energyLevels(grid, gaussian, 4, [0.5]);
  expect(more).toEqual([]);
  for (const [q, p] of contour ?? []) {
    // q^2 / 2 + 4 p^2 / 2 = 1/2, to the curvature between two points of the grid.
    expect(q * q + 4 * p * p).toBeCloseTo(1, 3);
  }
  const positions = (contour ?? []).map(([q]) => q);
  expect(Math.max(...positions)).toBeCloseTo(1, 6);
});

test("two wells have two closed lines, outside the barrier one", () => {
  const wells = grid.map((x) => -((x * x - 1) ** 2));
  expect(energyLevels(grid, wells, 1, [0.5])).toHaveLength(2);
  expect(energyLevels(grid, wells, 1, [2])).toHaveLength(1);
});

test("a logdensity of -inf is a wall", () => {
  const box = grid.map((x) => (Math.abs(x) < 1 ? 0 : Number.NEGATIVE_INFINITY));
  const [contour] = energyLevels(grid, box, 1, [0.5]);
  for (const [q, p] of contour ?? []) {
    expect(Math.abs(q)).toBeLessThanOrEqual(1);
    expect(Number.isFinite(p)).toBe(true);
  }
  expect(Math.max(...(contour ?? []).map(([, p]) => p))).toBeCloseTo(1, 12);
});
