import { expect, test } from "vitest";
import { isSame } from "../../../js/engine/chain.ts";

const of = (...inverse_mass_matrix: number[]) => ({
  step_size: 0.3,
  num_integration_steps: 5,
  inverse_mass_matrix,
});

test("one mass for all coordinates is the same as that mass for each", () => {
  expect(isSame(of(1), of(1, 1))).toBe(true);
  expect(isSame(of(1), of(1, 2))).toBe(false);
  expect(isSame(of(2), of(1))).toBe(false);
  expect(isSame(of(1, 2), of(1, 2))).toBe(true);
  expect(isSame(of(1), { ...of(1), step_size: 0.2 })).toBe(false);
});
