import { describe, expect, test } from "vitest";
import { arrowsScales, arrowTips } from "../../../js/draw/arrows.ts";
import { bowlLevels, contour, densityLevels } from "../../../js/draw/contours.ts";
import { stepOf } from "../../../js/panels/grip.ts";
import { Chain } from "../../../js/state/chain.ts";
import { readDraws, readFrame } from "../../../js/state/frame.ts";
import { current, readPlane, shownMarginal } from "../../../js/state/plane.ts";
import { planeDraws, planePack, vectorFrame, vectorValues } from "../support/plane.ts";
import { grid } from "../support/power.ts";

const table = (axis: Float64Array, of: (x: number, y: number) => number) =>
  Array.from(axis, (y) => Array.from(axis, (x) => of(x, y))).flat();

describe("contours", () => {
  const axis = grid(-2, 2, 81);

  test("lie on the level: a circle", () => {
    const pieces = contour(
      axis,
      axis,
      table(axis, (x, y) => Math.hypot(x, y)),
      1.3,
    );
    let length = 0;
    for (let i = 0; i < pieces.length; i += 4) {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = pieces.slice(i, i + 4);
      expect(Math.hypot(x0, y0)).toBeCloseTo(1.3, 3);
      length += Math.hypot(x1 - x0, y1 - y0);
    }
    // All of it, once.
    expect(length).toBeCloseTo(2 * Math.PI * 1.3, 2);
  });

  test("of a saddle do not cross: the middle tells which corners they go round", () => {
    const two = Float64Array.of(0, 1);
    /** Whether the middles of all pieces are nearer to the two corners on the diagonal. */
    const goRoundDiagonal = (pieces: readonly number[]) =>
      [0, 4].map((i) => {
        const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = pieces.slice(i, i + 4);
        return (x0 + x1) / 2 > 0.5 === (y0 + y1) / 2 > 0.5;
      });
    // High are the corners on the diagonal; in the middle it is 0.5.
    expect(goRoundDiagonal(contour(two, two, [1, 0, 0, 1], 0.4))).toEqual([false, false]);
    expect(goRoundDiagonal(contour(two, two, [1, 0, 0, 1], 0.6))).toEqual([true, true]);
  });

  test("leave out what is no number, and end where there is nothing", () => {
    const three = Float64Array.of(0, 1, 2);
    const nan = Number.NaN;
    expect(contour(three, three, [nan, 0, 0, 0, 0, 0, 0, 0, 1], 0.5)).toHaveLength(4);
    const none = Number.NEGATIVE_INFINITY;
    const edge = contour(three, three, [0, 0, none, 0, 0, none, 0, 0, none], -5);
    expect(edge.filter((_, i) => i % 2 === 0).every((x) => x === 1)).toBe(true);
  });

  test("levels are closer where a bowl is flat, and at equal distances in a normal density", () => {
    const values = table(axis, (x, y) => x * x + y * y);
    const radii = bowlLevels(values, 5).map(Math.sqrt);
    const steps = radii.slice(1).map((radius, i) => radius - (radii[i] as number));
    for (const step of steps) expect(step).toBeCloseTo(steps[0] as number, 1);
    expect(bowlLevels([1, 1, Number.NaN], 5)).toEqual([]);
    const levels = densityLevels([-3, -1, Number.NEGATIVE_INFINITY], [1, 2]);
    expect(levels).toEqual([-1.5, -3]);
    expect(densityLevels([Number.NEGATIVE_INFINITY], [1])).toEqual([]);
  });
});

test("both arrows are to one scale, in the plot's own proportions", () => {
  const axis = Float64Array.of(-1, 1);
  const scales = arrowsScales(
    { width: 500, height: 300 },
    { across: axis, up: axis, point: [0, 0] },
  );
  const point = [0, 0] as const;
  const { from, gradient, reference } = arrowTips(scales, {
    point,
    gradient: [0, 1],
    reference: [0, 2],
  });
  const length = (tip: readonly [number, number]) => Math.hypot(tip[0] - from[0], tip[1] - from[1]);
  expect(length(reference)).toBeCloseTo(2 * length(gradient), 6);
  expect(reference[1]).toBeLessThan(from[1]);
  // Near the border both are shorter, by as much, so that they stay inside.
  const near = arrowTips(scales, { point: [0, 0.5], gradient: [0, 1], reference: [0, 2] });
  expect(near.reference[1]).toBeCloseTo(scales.area.top, 6);
  expect(near.gradient[1] - near.from[1]).toBeCloseTo((near.reference[1] - near.from[1]) / 2, 6);
  const none = arrowTips(scales, { point, gradient: [Number.NaN, 1], reference: [0, 2] });
  expect(length(none.reference)).toBeCloseTo(length(reference), 6);
  expect(length(none.gradient)).toBeNaN();
});

test("arrow keys move one coordinate each; with Shift a tenth", () => {
  const step = (key: string, shiftKey = false) => stepOf({ key, shiftKey } as KeyboardEvent);
  expect(step("ArrowRight")).toEqual([0, 1]);
  expect(step("ArrowDown", true)).toEqual([1, -0.1]);
  expect(step("PageUp")).toEqual([1, 10]);
  expect(step("x")).toBeNull();
});

describe("what the kernel tells", () => {
  const values = vectorValues(3);

  test("both parts are read, and known by what they depend on", () => {
    const field = readPlane(planePack("field", values, 1), ["p"]);
    const moved = { ...values, x: [0.7, -0.1, 0] };
    expect(readPlane(planePack("field", moved, 2), ["p"])?.key).toBe(field?.key);
    for (const change of [{ x: [0.5, 0.25, 0.1] }, { p: 2 }, { plane: [0, 2] }, { dtype: "?" }]) {
      const other = readPlane(planePack("field", { ...values, ...change }, 2), ["p"]);
      expect(other?.key).not.toBe(field?.key);
    }
    expect(field?.field?.value).toHaveLength(41 * 41);
    expect(field?.density).toBeNull();
    const density = readPlane(planePack("density", vectorValues(2), 3), ["p"])?.density;
    expect(density?.marginals?.x[1]).toHaveLength(61);
    expect(readPlane(planePack("density", values, 3), ["p"])?.density?.marginals).toBeNull();
    expect(readPlane(vectorFrame(values, { number: 1 }), ["p"])).toBeNull();
  });

  test("a part of other coordinates is not shown; the marginal is that of the direction", () => {
    const two = vectorValues(2);
    const part = readPlane(planePack("density", two, 1), ["p"]);
    if (!part?.density) throw new Error("no density");
    const density = { ...part.density, key: part.key, plane: part.plane };
    const state = (more: object, key = part.key) => ({
      values: { ...two, ...more },
      plane: { key, hasFailed: false, field: null, density },
    });
    expect(current(density, state({}))?.isPending).toBe(false);
    expect(current(density, state({}, "newer"))?.isPending).toBe(true);
    expect(current(density, state({ plane: [1, 0] }))).toBeNull();
    expect(shownMarginal(state({ direction: 1 }))?.x).toBe(density.marginals?.x[1]);
    expect(shownMarginal(state({ direction: "gradient" }))?.x).toBe(density.marginals?.x[0]);
    expect(shownMarginal(state({}, "newer"))).toBeNull();
  });

  test("arrows, paths and draws; draws that are told anew replace those of other coordinates", () => {
    const frame = readFrame(vectorFrame(values, { number: 1 }));
    expect([...(frame?.arrows?.gradient ?? [])]).toEqual([0.625, 0.5]);
    const chain = new Chain();
    const tell = (draws: [number, number][], first: number) => {
      const batch = readDraws(planeDraws(values, draws, 2, first));
      if (!batch) throw new Error("no draws");
      chain.add(batch);
      return batch;
    };
    const batch = tell([[1, 2], [3, 4]], 0); // biome-ignore format: pairs
    expect([...(batch.transition?.plane ?? [])]).toEqual([0, 3, 0, 4]);
    tell([[5, 6]], 2);
    const [across, up] = chain.plane?.chains[0] ?? [];
    expect([...(across?.values.slice(0, 3) ?? [])]).toEqual([1, 3, 5]);
    expect([...(up?.values.slice(0, 3) ?? [])]).toEqual([2, 4, 6]);
    const { revision } = chain;
    tell([[2, 1], [4, 3], [6, 5]], 0); // biome-ignore format: pairs
    expect(chain.revision).toBeGreaterThan(revision);
    expect([...(across?.values.slice(0, 3) ?? [])]).toEqual([2, 4, 6]);
    expect(chain.plane?.mean[0]).toBe(0.1);
  });
});
