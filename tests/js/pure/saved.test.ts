import { describe, expect, it } from "vitest";
import { agreement, toleranceOf } from "../../../js/engine/agreement.ts";
import { readFragment, writeFragment } from "../../../js/saved/fragment.ts";
import { SavedModel } from "../../../js/saved/model.ts";

const INITIAL = { p: 3, x: 0.5, solver: "safeguarded", seed: 0 };
const settings = (step_size: number) => ({
  step_size,
  num_integration_steps: 5,
  inverse_mass_matrix: [1.5],
});

describe("the fragment of an address", () => {
  it("brings back what was set, and the chain's segments", () => {
    const values = { ...INITIAL, x: -1e-7, solver: "bfgs" };
    const segments = [
      { count: 20, settings: settings(0.3) },
      { count: 3, settings: settings(0.0125) },
    ];
    const fragment = writeFragment(values, INITIAL, segments);
    const found = readFragment(`#${fragment}`, INITIAL);
    expect(found.values).toEqual({ x: -1e-7, solver: "bfgs" });
    expect(found.segments).toEqual(segments);
  });

  it("is empty for the page as it was saved", () => {
    expect(writeFragment(INITIAL, INITIAL, [])).toBe("");
  });

  it("leaves out what does not fit", () => {
    const found = readFragment("#x='one'&p=2&unknown=1&seed=&chain=0_0.3_5_1.4_-1_5_1", INITIAL);
    expect(found).toEqual({ values: { p: 2 }, segments: [] });
  });

  it("does not let an address ask for endless work", () => {
    expect(readFragment("#chain=99999999_0.3_5_1", INITIAL).segments).toEqual([]);
  });
});

describe("the fragment of a vector's page", () => {
  const initial = { x: [1, 0.5], direction: 0, inverse_mass_matrix: 1, initial_position: [1, 0.5] };

  it("brings back a mass of another shape, and the masses of the chain", () => {
    const matrix = [
      [1, 0.2],
      [0.2, 0.5],
    ];
    const values = { ...initial, direction: "random", inverse_mass_matrix: matrix };
    const segments = [
      { count: 4, settings: { ...settings(0.3), inverse_mass_matrix: matrix.flat() } },
      { count: 1, settings: { ...settings(1e-3), inverse_mass_matrix: [2, 0.5] } },
    ];
    const found = readFragment(writeFragment(values, initial, segments), initial);
    expect(found.values).toEqual({ direction: "random", inverse_mass_matrix: matrix });
    expect(found.segments).toEqual(segments);
  });

  it("leaves out what is none of these", () => {
    const text = "#x=3&direction='up'&inverse_mass_matrix=['1']&chain=2_0.3_5_-1~2";
    expect(readFragment(text, initial)).toEqual({ values: {}, segments: [] });
  });
});

describe("agreement of page and kernel", () => {
  const point = {
    value: 1,
    gradient: 2,
    argmin: 2,
    hessian: Number.NaN,
    reference_value: 1,
    reference_gradient: 2,
  };

  it("counts the digits of the worst field", () => {
    expect(agreement(point, point).digits).toBe(16);
    const { digits, worst } = agreement({ ...point, gradient: 2 * (1 + 2e-13) }, point);
    expect(digits).toBe(12);
    expect(worst.name).toBe("gradient");
    expect(worst.error).toBeLessThan(toleranceOf("float64"));
  });

  it("is relative to the vector of which a field is a part", () => {
    const along = { ...point, gradient: 1e-17 };
    const none = { ...point, gradient: 0 };
    expect(agreement(along, none).worst.excess).toBe(1);
    expect(agreement(along, none, { gradient: 3 }).worst.excess).toBeLessThan(1e-16);
  });

  it("allows what either says of its own error, and no more", () => {
    const stopped = { ...point, gradient: 2 + 1e-6, residual: 1e-6, hessian: 1 };
    const other = { ...point, residual: 0, hessian: 1 };
    expect(agreement(stopped, other).worst.excess).toBeLessThan(toleranceOf("float64"));
    expect(agreement(stopped, other).digits).toBe(6);
    const further = { ...stopped, gradient: 2 + 3e-6 };
    expect(agreement(further, other).worst.excess).toBeGreaterThan(toleranceOf("float64"));
    // A wrong translation may say of itself that it has found nothing.
    const lost = { ...point, gradient: 2.1, argmin: 2.1, residual: 0.1, hessian: 1 };
    expect(agreement(lost, other).worst.excess).toBeGreaterThan(0.04);
    const bfgs = { ...other, residual: 0.02 };
    expect(agreement(lost, bfgs).worst.excess).toBe(0);
    const differences = { ...point, reference_gradient: 2 + 1e-7, fd_error: 1e-7 };
    expect(agreement(differences, point, {}, false).worst.excess).toBe(0);
    expect(agreement(differences, point).worst.excess).toBeGreaterThan(1e-9);
  });

  it("is none where only one of them is a number", () => {
    const { digits, worst } = agreement({ ...point, hessian: 1 }, point);
    expect(digits).toBe(0);
    expect(worst.error).toBeGreaterThan(toleranceOf("float64"));
  });
});

describe("the saved model", () => {
  it("tells a change once to those who listen", () => {
    const model = new SavedModel({ x: 1 });
    const told: unknown[] = [];
    const listener = () => told.push(model.get("x"));
    model.on("change:x", listener);
    model.set("x", 2);
    model.set("x", 2);
    model.off("change:x", listener);
    model.set("x", 3);
    expect(told).toEqual([2]);
  });
});
