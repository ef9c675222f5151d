// One transition from inside, cut out of the padded arrays that a translated program returns.
import type { Path, Transition, Tree } from "../state/frame.ts";
import type { Pair } from "../state/plane.ts";
import type { LastStep, SamplerSettings, Told, ToldTree, ToldVector, Words } from "./translated.ts";

type Numbers = readonly number[];

const floats = (values: Numbers | null, count: number) =>
  values && Float64Array.from(values.slice(0, count));

/** Which coordinates of a vector are looked at: one by one, and two together. */
export interface Shown {
  coordinate: number;
  plane: Pair<number> | null;
}

const at = (vector: unknown, k: number) => (vector as Numbers)[k] as number;

/** A vector's transition in one of its coordinates; a scalar's is what it is. */
function inCoordinate(told: Told | ToldVector, { coordinate }: Shown): Told {
  const isVector = Array.isArray((told.path_position as unknown[])[0]);
  if (!isVector) return told as Told;
  const one = (path: unknown) => path && (path as Numbers[]).map((point) => at(point, coordinate));
  const substeps = told.substeps as Record<string, unknown> | null;
  return {
    ...told,
    momentum: told.momentum && at(told.momentum, coordinate),
    path_position: one(told.path_position),
    path_momentum: one(told.path_momentum),
    substeps: substeps && { position: one(substeps.position), momentum: one(substeps.momentum) },
  } as Told;
}

/** A vector's path in two coordinates, one after the other. */
function inPlane({ path_position, num_points }: Told | ToldVector, { plane }: Shown) {
  const path = (path_position as Numbers[]).slice(0, num_points);
  return plane && Float64Array.from(plane.flatMap((k) => path.map((point) => at(point, k))));
}

/** The inverse mass of a coordinate: of a number, of a vector, of a matrix row by row. */
function massOf(mass: Numbers, k: number): number {
  return mass[k * Math.floor(Math.sqrt(mass.length)) + k] ?? mass[k] ?? mass[0] ?? 1;
}

export function pathOf(found: Told | ToldVector, settings: SamplerSettings, shown: Shown): Path {
  const told = inCoordinate(found, shown);
  const { num_points: count } = told;
  return {
    plane: inPlane(found, shown),
    position: floats(told.path_position, count) as Float64Array,
    momentum: floats(told.path_momentum, count),
    energy: floats(told.path_energy, count),
    scalars: {
      delta_energy: told.delta_energy ?? Number.NaN,
      acceptance_rate: told.acceptance_rate,
      uniform: told.uniform ?? Number.NaN,
      momentum: told.momentum ?? Number.NaN,
      inverse_mass: massOf(settings.inverse_mass_matrix, shown.coordinate),
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
  found: Told | ToldVector,
  about: {
    shown: Shown;
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
  const told = inCoordinate(found, about.shown);
  const { num_points: count, substeps } = told;
  const hasSubsteps = substeps && count <= about.mostSubsteps;
  return {
    ...pathOf(found, about.settings, about.shown),
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
