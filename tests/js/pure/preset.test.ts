import { expect, test } from "vitest";
import { watchPreset } from "../../../js/state/preset.ts";
import type { State } from "../../../js/state/state.ts";

const frozen = {
  name: "frozen",
  label: "Frozen",
  sentence: "Nothing moves.",
  values: { step_size: 2, x: 0.3 },
};

const state = (preset: string | null, values: Record<string, unknown>) =>
  ({ preset, values, spec: { presets: [frozen], x: { name: "x" } } }) as unknown as State;

test("a preset is shown from when it is chosen until one of its values is changed", () => {
  const presetOf = watchPreset();
  expect(presetOf(state(null, { step_size: 2, x: 0.3 }))).toBeNull();
  // On its way to the kernel.
  expect(presetOf(state("frozen", { step_size: 0.3, x: 0 }))).toBe(frozen);
  expect(presetOf(state("frozen", { step_size: 2, x: 0.3 }))).toBe(frozen);
  // x is the point of inspection, not the sampler's.
  expect(presetOf(state("frozen", { step_size: 2, x: 0.9 }))).toBe(frozen);
  expect(presetOf(state("frozen", { step_size: 1, x: 0.9 }))).toBeNull();
  expect(presetOf(state("frozen", { step_size: 2, x: 0.9 }))).toBe(frozen);
});
