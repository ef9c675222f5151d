// The page's own frames: the kernel's functions, called here, and their results put in order.
import type { Column, Density, Frame, Row, Values, VerdictName } from "../state/frame.ts";
import { CURVE_FIELDS, ERROR_FIELDS, POINT_FIELDS, VERDICTS } from "../state/protocol.ts";
import type { Spec } from "../state/state.ts";
import { verdictName } from "../state/verdict.ts";
import type { GradientModule, Inspected, TableRow } from "./translated.ts";

const CELLS: Record<Column, keyof TableRow> = {
  value: "value",
  gradient: "gradient",
  "relative error": "rel_error",
  "inner residual": "residual",
  time: "time",
};

const numberOf = (value: unknown) => (value === null ? Number.NaN : Number(value));

/** What is computed anew only when what it depends on has changed. */
class Kept<Value> {
  #key = "";
  #value: Value | null = null;

  get(key: string, make: () => Value): Value {
    if (key !== this.#key || this.#value === null) {
      this.#value = make();
      this.#key = key;
    }
    return this.#value;
  }
}

type Curves = Pick<Frame, "curve" | "errors">;

/** Inspects a problem in the page. */
export class PageInspector {
  #curves = new Kept<Curves>();
  #density = new Kept<Density>();

  constructor(
    private readonly module: GradientModule,
    private readonly spec: Spec,
  ) {}

  /** Why a gradient is left to the kernel; null where it is not. */
  refusal(values: Values): string | null {
    const { solver, dtype } = values;
    if (this.module.known.precisions.includes(`${solver}_${dtype}`)) return null;
    return `the solver “${solver}” in ${dtype} was not put into this page`;
  }

  #params(values: Values): number[] {
    const round = values.dtype === "float32" ? Math.fround : Number;
    return this.module.known.names.map((name) => round(Number(values[name])));
  }

  #inspect(x: number, values: Values, params: number[], differences: boolean): Inspected {
    const { module } = this;
    const at = values.dtype === "float32" ? Math.fround(x) : x;
    const eps = module.known.eps[String(values.dtype)] as number;
    const said = (module[`answer_${values.solver}_${values.dtype}`] as GradientModule["answer_"])(
      at,
      ...params,
    );
    return differences
      ? module.inspect_point(at, said, eps, ...params)
      : module.inspect_curve(at, said, eps, ...params);
  }

  /** The inspection at one point. */
  point(values: Values): Inspected {
    const x = Number(values[this.spec.x.name]);
    return this.#inspect(x, values, this.#params(values), true);
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
    const { module, spec } = this;
    const { known } = module;
    const began = performance.now();
    const x = Number(values[spec.x.name]);
    const params = this.#params(values);
    const [solver, dtype] = [String(values.solver), String(values.dtype)];
    const found = this.point(values);
    const slopes =
      module.beside && found.verdict === VERDICTS.kink
        ? module.beside(found.argmin, x, ...params)
        : null;
    const references = module.further?.(dtype === "float32" ? Math.fround(x) : x, ...params) ?? [
      Number.NaN,
      ...params.map(() => Number.NaN),
    ];
    const isOfInner = slopes !== null && found.status === this.#kinkStatus;
    const headline = module.words.headline_of(
      found,
      known.reference,
      isOfInner ? slopes : null,
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
      known.refusals[solver] ?? "",
      known.names,
      references,
      dtype,
    );
    const [statusSentence, verdictSentence] = module.words.sentences(found.status, found.verdict);
    const curves = this.#curvesAt(x, values, params);
    const key = JSON.stringify(params);
    return {
      seq: null,
      view: null,
      seconds: (performance.now() - began) / 1000,
      settled: rest,
      values: { ...values },
      headline: { ...headline, verdict: headline.verdict_name as VerdictName },
      statusSentence,
      verdictSentence,
      position: [x],
      point: Object.fromEntries(
        POINT_FIELDS.map((name) => [name, Number(found[name])]),
      ) as Frame["point"],
      rows: rows.map((row) => this.#row(row)),
      ...curves,
      inner: this.#inner(x, params, found, curves),
      density: rest ? this.#density.get(key, () => this.#densityAt(params)) : null,
    };
  }

  get #kinkStatus(): number {
    return this.module.known.kink_status;
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

  #curvesAt(x: number, values: Values, params: number[]): Curves {
    const { min, max } = this.spec.x;
    const [low, high] = [Math.min(min, x), Math.max(max, x)];
    const key = JSON.stringify([low, high, params, values.solver, values.dtype]);
    return this.#curves.get(key, () => {
      const { grid } = this.module.known;
      const near = between(low, high, grid.curve);
      const far = errorGrid(Math.max(Math.abs(low), Math.abs(high)), grid);
      return {
        curve: this.#along(near, CURVE_FIELDS, values, params),
        errors: this.#along(far, ERROR_FIELDS, values, params),
      };
    });
  }

  #along<Field extends string>(
    xs: Float64Array,
    fields: readonly Field[],
    values: Values,
    params: number[],
  ): Record<Field, Float64Array> {
    const arrays = fields.map((field) => [field, new Float64Array(xs.length)] as const);
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i] as number;
      const found = this.#inspect(x, values, params, false);
      for (const [field, array] of arrays) array[i] = field === "x" ? x : Number(found[field]);
    }
    return Object.fromEntries(arrays) as Record<Field, Float64Array>;
  }

  /** The inspection over x and one parameter. */
  map(values: Values, parameter: string, along: Float64Array): Record<string, Float64Array> {
    const { known } = this.module;
    const x = Number(values[this.spec.x.name]);
    const { min, max } = this.spec.x;
    const far = Math.max(Math.abs(Math.min(min, x)), Math.abs(Math.max(max, x)));
    const across = errorGrid(far, known.grid);
    const size = across.length * along.length;
    const found = ["rel_error", "verdict", "status"].map(
      (field) => [field, new Float64Array(size)] as const,
    );
    along.forEach((value, row) => {
      const at = { ...values, [parameter]: value };
      const line = this.#along(across, ERROR_FIELDS, at, this.#params(at));
      for (const [field, array] of found) {
        array.set(line[field as keyof typeof line], row * across.length);
      }
    });
    return { x: across, ...Object.fromEntries(found) };
  }

  #inner(x: number, params: number[], found: Inspected, { curve }: Curves): Frame["inner"] {
    const { inner, inner_window: window, known } = this.module;
    if (!inner || !window || !curve) return null;
    const argmins = known.has_closed_form ? curve.reference_gradient : curve.gradient;
    const [low = 0, high = 0] = window(argmins, found.argmin);
    const y = between(low, high, known.grid.inner);
    return { y, g: y.map((each) => inner(each, x, ...params)) };
  }

  #densityAt(params: number[]): Density {
    const { x, logdensity, density, mean, sd } = this.module.density(...params);
    return {
      x: Float64Array.from(x),
      logdensity: Float64Array.from(logdensity),
      density: Float64Array.from(density),
      mean,
      sd,
    };
  }
}

/** So many numbers at equal distances. */
export function between(low: number, high: number, count: number): Float64Array {
  const step = (high - low) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + i * step));
}

/** Points at equal distances in log |x| to both sides of zero, and zero: a decade beyond `far`. */
function errorGrid(far: number, grid: GradientModule["known"]["grid"]): Float64Array {
  const decades = 1 + Math.ceil(Math.log10(far)) - grid.smallest_decade;
  const n = decades * grid.per_decade;
  return Float64Array.from({ length: 2 * n + 3 }, (_, i) => {
    const k = i - n - 1;
    if (k === 0) return 0;
    return Math.sign(k) * 10 ** (grid.smallest_decade + (Math.abs(k) - 1) / grid.per_decade);
  });
}
