// One transition from inside, cut out of the padded arrays that a translated program returns.
import type { Path, Transition, Tree } from "../state/frame.ts";
import type { LastStep, SamplerSettings, Told, ToldTree, Words } from "./translated.ts";

type Numbers = readonly number[];

const floats = (values: Numbers | null, count: number) =>
  values && Float64Array.from(values.slice(0, count));

export function pathOf(told: Told, settings: SamplerSettings): Path {
  const { num_points: count } = told;
  return {
    position: floats(told.path_position, count) as Float64Array,
    momentum: floats(told.path_momentum, count),
    energy: floats(told.path_energy, count),
    scalars: {
      delta_energy: told.delta_energy ?? Number.NaN,
      acceptance_rate: told.acceptance_rate,
      uniform: told.uniform ?? Number.NaN,
      momentum: told.momentum ?? Number.NaN,
      inverse_mass: settings.inverse_mass_matrix[0] ?? 1,
      step_size: settings.step_size,
    },
  };
}

function treeOf({ tree, num_points: count }: Told): Tree | null {
  if (!tree) return null;
  return {
    start: tree.start,
    selected: tree.selected,
    is_turning: tree.is_turning,
    is_last_discarded: tree.is_last_discarded,
    doubling: floats(tree.doubling, count) as Float64Array,
    order: floats(tree.order, count) as Float64Array,
    directions: floats(tree.directions, tree.num_doublings) as Float64Array,
  };
}

/** What Python's sentences are written from. */
function lastStepOf(told: Told): { last_step: LastStep; tree: ToldTree | null } {
  const { num_points: count, tree } = told;
  return {
    last_step: {
      momentum: told.momentum,
      path_position: told.path_position.slice(0, count),
      path_momentum: told.path_momentum?.slice(0, count) ?? null,
      path_energy: told.path_energy?.slice(0, count) ?? null,
      delta_energy: told.delta_energy,
      acceptance_rate: told.acceptance_rate,
      uniform: told.uniform,
      is_accepted: told.is_accepted,
      is_divergent: told.is_divergent,
    },
    tree: tree && { ...tree, directions: tree.directions.slice(0, tree.num_doublings) },
  };
}

export function transitionOf(
  told: Told,
  about: {
    algorithm: string;
    /** Index of the draw that it led to. */
    draw: number;
    isLast: boolean;
    isWhatIf: boolean;
    settings: SamplerSettings;
    right: Path | null;
    /** A path of more points is not told in its half kicks and drifts. */
    mostSubsteps: number;
  },
  describe: Words["describe"],
): Transition {
  const { num_points: count, substeps } = told;
  const hasSubsteps = substeps && count <= about.mostSubsteps;
  return {
    ...pathOf(told, about.settings),
    algorithm: about.algorithm,
    chain: 0,
    index: about.draw + 1,
    is_last: about.isLast,
    is_accepted: told.is_accepted,
    is_divergent: told.is_divergent,
    what_if: about.isWhatIf,
    sentence: describe(lastStepOf(told)),
    substeps: hasSubsteps
      ? {
          position: floats(substeps.position, 3 * count - 2) as Float64Array,
          momentum: floats(substeps.momentum, 3 * count - 2) as Float64Array,
        }
      : null,
    tree: treeOf(told),
    right: about.right,
  };
}
