import { describe, expect, it } from "vitest";
import { PageInspector } from "../../../js/engine/page.ts";
import type { GradientModule } from "../../../js/engine/translated.ts";
import type { Spec } from "../../../js/state/state.ts";

const SPEC = {
  parameters: [{ name: "p" }],
  x: { name: "t", min: -1, max: 1 },
  point: { name: "x", dim: 2 },
} as unknown as Spec;

const VALUES = {
  p: 2,
  x: [0.5, -1],
  t: 0,
  direction: 1,
  plane: [0, 1],
  solver: "safeguarded",
  dtype: "float64",
  initial_position: 1,
};

/** f = p |x|^2 / 2, of which each inspection takes a while. */
function moduleOf(milliseconds: number): GradientModule {
  const wait = () => {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  };
  const whole = (x: number[], p: number) => ({
    value: (p * (x[0] ?? 0) ** 2 + p * (x[1] ?? 0) ** 2) / 2,
    gradient: x.map((each) => p * each),
    reference_gradient: x.map((each) => p * each),
    argmin: x.map((each) => p * each),
    hessian: [
      [p, 0],
      [0, p],
    ],
    status: 0,
    verdict: 0,
  });
  const line = (x: number[], t: number, v: number[], _said: unknown, _eps: number, p: number) => {
    wait();
    const along = (of: number[]) => of.reduce((sum, each, k) => sum + each * (v[k] ?? 0), 0);
    const { gradient, ...found } = whole(x, p);
    const slope = along(gradient);
    return { ...found, x: t, gradient: slope, reference_gradient: slope, argmin: slope };
  };
  return {
    known: {
      names: ["p"],
      has_closed_form: true,
      is_conjugate: true,
      precisions: ["safeguarded_float64"],
      refusals: { safeguarded: null },
      eps: { float64: 2 ** -52 },
      grid: { curve: 241, inner: 5, per_decade: 80, smallest_decade: -2 },
    },
    answer_safeguarded_float64: () => ({}),
    inspect_point: (x: number[], _said: unknown, _eps: number, p: number) => whole(x, p),
    inspect_line: line,
    inspect_on_line: line,
    inner: (y: number) => y,
    inner_window(argmins: ArrayLike<number>) {
      if (argmins.length !== 241) throw new TypeError(`not ${argmins.length}`);
      return [0, 1];
    },
    density: () => ({ x: [0], logdensity: [0], density: [1], mean: 0, sd: 1 }),
    words: {
      headline_of: () => ({ claim: "", judgement: "", verdict_name: "agree", why: "" }),
      rows_of: () => [],
      sentences: () => ["", ""],
    },
  } as unknown as GradientModule;
}

describe("the page's inspector of a vector", () => {
  it("tells the line, the whole gradient and the plane", () => {
    const page = new PageInspector(moduleOf(0), SPEC);
    const frame = page.frame({ ...VALUES, t: 0.25 }, true, {});
    expect(frame.position).toEqual([0.5, -0.75]);
    expect(frame.point.gradient).toBe(-1.5);
    expect([...(frame.arrows?.gradient ?? [])]).toEqual([1, -1.5]);
    expect(frame.curve?.x).toHaveLength(241);
    expect(frame.curve?.gradient.at(-1)).toBe(0);
    const { sizes } = page.point(VALUES);
    expect(sizes.gradient).toBe(Math.hypot(1, -2));
  });

  it("computes fewer points of the curves under the hand, and more at rest", () => {
    const page = new PageInspector(moduleOf(0.4), SPEC);
    const moved = page.frame(VALUES, false, {});
    expect(moved.curve?.x.length ?? 0).toBeLessThan(241);
    const rest = page.frame({ ...VALUES, p: 3 }, true, {});
    expect(rest.curve?.x.length).toBeGreaterThan(moved.curve?.x.length ?? 0);
    // What has not changed is not computed again, finer or not.
    expect(page.frame({ ...VALUES, p: 3, t: 0.5 }, false, {}).curve).toBe(rest.curve);
    expect(page.isSlow).toBe(false);
  });

  it("says where it could not follow a hand", () => {
    const page = new PageInspector(moduleOf(101), SPEC);
    for (let n = 0; n < 4; n++) page.frame({ ...VALUES, t: n / 8 }, false, {});
    expect(page.isSlow).toBe(true);
  });
});
