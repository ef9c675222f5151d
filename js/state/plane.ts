// The plane of two coordinates of a vector: what the kernel tells of it, in two parts.
import { unpack, type Values } from "./frame.ts";
import { PLANE } from "./protocol.ts";

/** Two coordinates of a vector. */
export type Pair<T> = readonly [T, T];

/** The gradient over two coordinates; tables are in rows of the second one. */
export interface Field {
  across: Float64Array;
  up: Float64Array;
  value: Float64Array;
  error: Float64Array;
  verdict: Float64Array;
}

/** The exact marginals of both coordinates, by quadrature. */
export interface Marginals {
  x: Pair<Float64Array>;
  density: Pair<Float64Array>;
  mean: Pair<number>;
  sd: Pair<number>;
  /** An estimate of how far they are off, relative to the mass. */
  error: number;
}

/** The log density over two coordinates, the others held. */
export interface PlaneDensity {
  across: Float64Array;
  up: Float64Array;
  logdensity: Float64Array;
  /** Null where there are more coordinates, or the quadrature found no end. */
  marginals: Marginals | null;
}

/** What one of the two messages holds. */
export interface PlanePart {
  number: number;
  /** What it was computed for, as far as it depends on it. */
  key: string;
  plane: Pair<number>;
  field: Field | null;
  density: PlaneDensity | null;
}

const NONE = new Float64Array(0);

/** The two coordinates that are looked at. */
export function planeOf(values: Values): Pair<number> | null {
  const plane = values.plane;
  return Array.isArray(plane) ? [Number(plane[0]), Number(plane[1])] : null;
}

/** What a plane depends on: all that the gradient depends on, but where on the plane x is. */
export function planeKey(values: Values, position: readonly number[], names: readonly string[]) {
  const plane: readonly number[] = planeOf(values) ?? [];
  const held = position.filter((_, k) => !plane.includes(k));
  return JSON.stringify([plane, held, ...["solver", "dtype", ...names].map((n) => values[n])]);
}

/** Reads a frame of kind "plane"; null when the buffer holds none. */
export function readPlane(buffer: unknown, names: readonly string[]): PlanePart | null {
  const unpacked = unpack(buffer);
  if (unpacked?.header.kind !== PLANE) return null;
  const { arrays } = unpacked;
  // biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
  const header = unpacked.header as any;
  const array = (name: string) => arrays.get(name) ?? NONE;
  const pair = (name: string): Pair<Float64Array> => {
    const both = array(name);
    return [both.subarray(0, both.length / 2), both.subarray(both.length / 2)];
  };
  const numbers = (name: string): Pair<number> => [
    array(name)[0] ?? Number.NaN,
    array(name)[1] ?? Number.NaN,
  ];
  const isField = header.part === "field";
  return {
    number: header.number,
    key: planeKey(header.values, header.position, names),
    plane: planeOf(header.values) ?? [0, 1],
    field: isField
      ? {
          across: array("field.across"),
          up: array("field.up"),
          value: array("field.value"),
          error: array("field.rel_error"),
          verdict: array("field.verdict"),
        }
      : null,
    density: isField
      ? null
      : {
          across: array("slice.across"),
          up: array("slice.up"),
          logdensity: array("slice.logdensity"),
          marginals: arrays.get("marginals.x") && {
            x: pair("marginals.x"),
            density: pair("marginals.density"),
            mean: numbers("marginals.mean"),
            sd: numbers("marginals.sd"),
            error: array("marginals.error")[0] ?? Number.NaN,
          },
        },
  };
}

/** What is known of the plane: each part as it came last, and for which inputs. */
export interface Plane {
  /** What was asked for last. */
  key: string | null;
  /** Since then something could not be computed. */
  hasFailed: boolean;
  field: (Field & { key: string; plane: Pair<number> }) | null;
  density: (PlaneDensity & { key: string; plane: Pair<number> }) | null;
}

/** What of the state the plane is read with. */
interface Known {
  values: Values;
  plane: Plane;
}

/** Why a part that is wanted is not there. */
export function waitingFor(
  part: string,
  { plane, status }: { plane: Plane; status: { state: string } },
): string {
  if (status.state === "gone") return "no kernel answers";
  return plane.hasFailed ? `the ${part} could not be computed` : `computing the ${part} …`;
}

/** The part, if it is of the coordinates that are looked at, and whether newer inputs are out. */
export function current<Part extends { key: string; plane: Pair<number> }>(
  part: Part | null,
  { values, plane }: Known,
): { part: Part; isPending: boolean } | null {
  const wanted = planeOf(values);
  if (!part || String(part.plane) !== String(wanted)) return null;
  return { part, isPending: part.key !== plane.key };
}

/** The exact marginal of the coordinate in which draws are shown one by one, where it is known. */
export function shownMarginal(state: Known) {
  const found = current(state.plane.density, state);
  const { direction } = state.values;
  const which = found?.part.plane.indexOf(typeof direction === "number" ? direction : 0) ?? -1;
  const marginals = found?.isPending ? null : found?.part.marginals;
  if (!marginals || which < 0) return null;
  const of = <T>(both: Pair<T>) => both[which as 0 | 1];
  return {
    x: of(marginals.x),
    density: of(marginals.density),
    mean: of(marginals.mean),
    sd: of(marginals.sd),
    error: marginals.error,
  };
}
