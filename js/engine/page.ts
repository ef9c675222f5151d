// The page's own frames: the kernel's functions, called here, and their results put in order.
import type { Column, Density, Frame, Row, Values, VerdictName } from "../state/frame.ts";
import { planeOf } from "../state/plane.ts";
import { CURVE_FIELDS, ERROR_FIELDS, POINT_FIELDS, VERDICTS } from "../state/protocol.ts";
import type { Spec } from "../state/state.ts";
import { verdictName } from "../state/verdict.ts";
import type { Replies } from "./engine.ts";
import { Place } from "./place.ts";
import type { GradientModule, Inspected, TableRow } from "./translated.ts";

const CELLS: Record<Column, keyof TableRow> = {
  value: "value",
  gradient: "gradient",
  "relative error": "rel_error",
  "inner residual": "residual",
  time: "time",
};

const numberOf = (value: unknown) => (value === null ? Number.NaN : Number(value));

/** Where answers go that take a while, and how they are numbered. */
export type Answers = Pick<Replies, "map" | "plane"> & { nextNumber(): number };

/** What is computed anew only when what it depends on has changed. */
class Kept<Value> {
  #key = "";
  value: Value | null = null;

  get(key: string, make: () => Value): Value {
    if (key !== this.#key || this.value === null) {
      this.value = make();
      this.#key = key;
    }
    return this.value;
  }
}

/** The argmins belong to the curve's points. */
type Curves = Pick<Frame, "curve" | "errors"> & { argmins: Float64Array };

/** Where points take their time only one of so many is computed... */
const SHARES = [1, 4, 16];
export const FEWEST = 16;
/** ... so that all of them take at most so many milliseconds under the hand, and at rest. */
const IN_DRAG = 24;
export const AT_REST = 500;
/** A point that takes so many milliseconds is left to a kernel, where there is one. */
const SLOW = 100;

/** Inspects a problem in the page. */
export class PageInspector {
  #curves = new Kept<Curves>();
  #curvesOf = "";
  /** How long the point's own inspection took, the last times, in milliseconds. */
  #points: number[] = [];
  #density = new Kept<Density>();
  /** How long a point of the curves takes, in milliseconds. */
  #took = 0;

  constructor(
    readonly module: GradientModule,
    readonly spec: Spec,
  ) {}

  /** Why a gradient is left to the kernel; null where it is not. */
  refusal(values: Values): string | null {
    const { solver, dtype } = values;
    if (this.module.known.precisions.includes(`${solver}_${dtype}`)) return null;
    return `the solver “${solver}” in ${dtype} was not put into this page`;
  }

  /** Whether the page could not follow a hand. */
  get isSlow(): boolean {
    return this.#points.length > 3 && Math.min(...this.#points) > SLOW;
  }

  place(values: Values): Place {
    return new Place(this.module, this.spec, values);
  }

  /** The inspection at one point, and the sizes of the vectors of which it tells the part along v. */
  point(values: Values): { found: Inspected; sizes: Record<string, number> } {
    const place = this.place(values);
    const whole = place.whole();
    const size = (name: string) => Math.hypot(...([whole[name]].flat(2) as number[]));
    const names = ["gradient", "reference_gradient", "argmin", "hessian"];
    const sizes = place.v ? Object.fromEntries(names.map((name) => [name, size(name)])) : {};
    return { found: place.point(whole), sizes };
  }

  /**
   * A frame for these inputs.
   * @param rest whether there is time for what does not change under the hand: the density.
   * @param times of calls in the kernel, by the name of the row.
   */
  frame(
    values: Values,
    rest: boolean,
    times: Record<string, number>,
  ): Omit<Frame, "number" | "transition"> {
    const { module } = this;
    const { known } = module;
    const began = performance.now();
    const place = this.place(values);
    const { params, v } = place;
    const [solver, dtype] = [String(values.solver), String(values.dtype)];
    const whole = place.whole();
    const found = place.point(whole);
    this.#points = [...this.#points.slice(-3), performance.now() - began];
    const x = place.at(place.along);
    const isOfInner =
      module.beside && whole.verdict === VERDICTS.kink && whole.status === known.kink_status;
    const slopes = isOfInner ? module.beside?.(whole.argmin, x, ...params) : null;
    const rounded = [x, ...(v ? [v] : [])].map((each) =>
      typeof each === "number" ? place.round(each) : each.map(place.round),
    );
    const references = module.further?.(...(rounded as [number]), ...params) ?? [
      Number.NaN,
      ...params.map(() => Number.NaN),
    ];
    const headline = module.words.headline_of(
      whole,
      known.reference,
      slopes ?? null,
      x,
      dtype,
      known.rtol,
      null,
    );
    const rows = module.words.rows_of(
      found,
      known.has_closed_form,
      times,
      null,
      known.refusals[solver] ?? null,
      known.names,
      references,
      dtype,
      v !== null,
    );
    const [statusSentence, verdictSentence] = module.words.sentences(found.status, found.verdict);
    const { argmins, ...curves } = this.#curvesAt(place, values, rest);
    return {
      seq: null,
      view: null,
      seconds: (performance.now() - began) / 1000,
      settled: rest,
      values: { ...values },
      headline: { ...headline, verdict: headline.verdict_name as VerdictName },
      statusSentence,
      verdictSentence,
      position: place.position,
      point: Object.fromEntries(
        POINT_FIELDS.map((name) => [name, Number(found[name])]),
      ) as Frame["point"],
      rows: rows.map((row) => this.#row(row)),
      ...curves,
      inner: this.#inner(place, whole, Number(found.argmin), argmins),
      density: rest ? this.#densityAt(place, values) : null,
      arrows: arrowsOf(whole, planeOf(values)),
    };
  }

  #row(row: TableRow): Row {
    const columns = Object.keys(CELLS) as Column[];
    return {
      name: row.name,
      verdict: row.verdict === null ? null : verdictName(row.verdict),
      message: row.message,
      absent: columns.filter((column) => row[CELLS[column]] === null),
      reference: row.name === this.module.known.closed_form_row,
      cells: Object.fromEntries(
        columns.map((column) => [column, numberOf(row[CELLS[column]])]),
      ) as Row["cells"],
    };
  }

  /** Of how many points one is computed so that all take no longer; undefined where none does. */
  share(place: Place, count: number, budget: number): number | undefined {
    if (!this.#took) {
      // The first call compiles.
      for (let i = 0; i < 2; i++) this.along(Float64Array.of(place.along), [], place);
    }
    return SHARES.find((share) => (count / share) * this.#took <= budget);
  }

  #curvesAt(place: Place, values: Values, rest: boolean): Curves {
    const { grid, is_conjugate, has_closed_form } = this.module.known;
    const { min, max } = this.spec.x;
    const [low, high] = [Math.min(min, place.along), Math.max(max, place.along)];
    const farthest = Math.max(Math.abs(low), Math.abs(high));
    const count = grid.curve + errorGrid(farthest, grid, 1).length;
    const fitting = this.share(place, count, rest ? AT_REST : IN_DRAG);
    const of = JSON.stringify([low, high, place.key, values.solver, values.dtype]);
    const known = this.#curves.value;
    // Under the hand they stay as they were where nothing has changed, or there is no time.
    if (!rest && known && (!fitting || this.#curvesOf === of)) return known;
    if (!rest && !fitting) return { curve: null, errors: null, argmins: new Float64Array(1) };
    const share = fitting ?? FEWEST;
    const key = `${of} ${share}`;
    this.#curvesOf = of;
    return this.#curves.get(key, () => {
      const near = between(low, high, Math.floor(grid.curve / share));
      const far = errorGrid(farthest, grid, share);
      const { argmin, ...curve } = this.along(near, [...CURVE_FIELDS, "argmin"], place);
      const argmins = is_conjugate
        ? curve[has_closed_form ? "reference_gradient" : "gradient"]
        : argmin;
      return { curve, argmins, errors: this.along(far, ERROR_FIELDS, place) };
    });
  }

  /** The inspection along x or t. */
  along<Field extends string>(
    xs: Float64Array,
    fields: readonly Field[],
    place: Place,
  ): Record<Field, Float64Array> {
    const began = performance.now();
    const arrays = fields.map((field) => [field, new Float64Array(xs.length)] as const);
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i] as number;
      const found = place.inspect(x);
      for (const [field, array] of arrays) array[i] = field === "x" ? x : Number(found[field]);
    }
    this.#took = (performance.now() - began) / xs.length;
    return Object.fromEntries(arrays) as Record<Field, Float64Array>;
  }

  #inner(place: Place, whole: Inspected, here: number, argmins: Float64Array): Frame["inner"] {
    const { inner, inner_window: window, known } = this.module;
    if (!inner || !window || Number.isNaN(here)) return null;
    // The program wants as many as there are of a whole curve.
    const all = Array.from({ length: known.grid.curve }, (_, i) => argmins[i % argmins.length]);
    const [low = 0, high = 0] = window(all as number[], here);
    const y = between(low, high, known.grid.inner);
    const line = place.v ? [here, whole.argmin, place.v] : [];
    const x = place.at(place.along);
    return { y, g: y.map((each) => inner(each, ...line, x, ...place.params)) };
  }

  #densityAt(place: Place, values: Values): Density {
    const { params, v } = place;
    // Of a vector, in the coordinate in which draws are shown.
    const which = typeof values.direction === "number" ? values.direction : 0;
    const start = [values.initial_position].flat().map(Number);
    const line = v
      ? [v.map((_, k) => start[k] ?? start[0] ?? 0), v.map((_, k) => Number(k === which))]
      : [];
    const of = [...line, ...params];
    return this.#density.get(JSON.stringify(of), () => {
      const { x, logdensity, density, mean, sd } = this.module.density(...of);
      return {
        x: Float64Array.from(x),
        logdensity: Float64Array.from(logdensity),
        density: Float64Array.from(density),
        mean,
        sd,
      };
    });
  }
}

/** The gradient and its reference in the plane. */
function arrowsOf(whole: Inspected, plane: readonly number[] | null): Frame["arrows"] {
  const of = (vector: unknown) =>
    Float64Array.from(plane ?? [], (k) => (vector as number[])[k] ?? 0);
  return plane && { gradient: of(whole.gradient), reference: of(whole.reference_gradient) };
}

/** So many numbers at equal distances. */
export function between(low: number, high: number, count: number): Float64Array {
  const step = (high - low) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + i * step));
}

/** Points at equal distances in log |x| to both sides of zero, and zero: a decade beyond `far`. */
export function errorGrid(
  far: number,
  grid: GradientModule["known"]["grid"],
  share: number,
): Float64Array {
  const decades = 1 + Math.ceil(Math.log10(far)) - grid.smallest_decade;
  const perDecade = Math.floor(grid.per_decade / share);
  const n = decades * perDecade;
  return Float64Array.from({ length: 2 * n + 3 }, (_, i) => {
    const k = i - n - 1;
    if (k === 0) return 0;
    return Math.sign(k) * 10 ** (grid.smallest_decade + (Math.abs(k) - 1) / perDecade);
  });
}
