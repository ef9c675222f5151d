import type { Preset, State } from "./state.ts";

/**
 * Tells which preset is shown: the one that was chosen last, until one of its values is changed.
 * Moving x changes nothing that a preset of the sampler is about.
 */
export function watchPreset(): (state: State) => Preset | null {
  let name: string | null = null;
  let isReached = false;
  return ({ preset, spec, values }) => {
    if (preset !== name) [name, isReached] = [preset, false];
    const chosen = spec.presets?.find((each) => each.name === preset) ?? null;
    const differs = Object.entries(chosen?.values ?? {}).some(
      // Vectors are equal when they read the same.
      ([key, value]) => key !== spec.x.name && String(values[key]) !== String(value),
    );
    isReached ||= !differs;
    return isReached && differs ? null : chosen;
  };
}
