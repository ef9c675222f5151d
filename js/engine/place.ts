// Where inputs look, and what is found there: at a scalar x, or on the line x + t v of a vector.
import type { Values } from "../state/frame.ts";
import type { Spec } from "../state/state.ts";
import type { GradientModule, Inspected, Numbers } from "./translated.ts";

/** The unit vector that a direction stands for. */
function directionOf(
  { known, unit, slope }: GradientModule,
  x: Numbers,
  direction: unknown,
  params: readonly number[],
): Numbers {
  if (typeof direction === "number") return x.map((_, k) => Number(k === direction));
  if (direction === "random") return unit(known.random);
  const found = unit(direction === "gradient" ? slope(x, ...params) : (direction as Numbers));
  if (found.every(Number.isFinite)) return found;
  throw new Error(
    "The gradient at x0 has no direction: it is 0 or not finite. Choose another direction or " +
      "another x0.",
  );
}

export class Place {
  /** x, or t. */
  readonly along: number;
  /** The direction of the line through a vector; null for a scalar. */
  readonly v: Numbers | null;
  readonly params: readonly number[];
  readonly #origin: Numbers | null;
  readonly #answer: GradientModule["answer_"];
  readonly #eps: number;
  readonly round: (value: number) => number;

  constructor(
    private readonly module: GradientModule,
    { x, point }: Spec,
    values: Values,
  ) {
    const { solver, dtype } = values;
    this.round = dtype === "float32" ? Math.fround : Number;
    const params = module.known.names.map((name) => Number(values[name]));
    this.params = params.map(this.round);
    this.along = Number(values[x.name]);
    this.#origin = point && (values[point.name] as Numbers);
    this.v = this.#origin && directionOf(module, this.#origin, values.direction, params);
    this.#answer = module[`answer_${solver}_${dtype}`] as GradientModule["answer_"];
    this.#eps = module.known.eps[String(dtype)] as number;
  }

  /** The point at some x or t. */
  at(along: number): number | Numbers {
    return this.#origin?.map((x, k) => x + along * (this.v?.[k] ?? 0)) ?? along;
  }

  get position(): Numbers {
    return [this.at(this.along)].flat();
  }

  /** What the curves depend on, beside their range and how the gradient is computed. */
  get key(): string {
    return JSON.stringify([this.params, this.#origin, this.v]);
  }

  #rounded(x: number | Numbers): number | Numbers {
    return typeof x === "number" ? this.round(x) : x.map(this.round);
  }

  /** The inspection at the point. */
  whole(): Inspected {
    const x = this.#rounded(this.at(this.along));
    return this.module.inspect_point(x, this.#answer(x, ...this.params), this.#eps, ...this.params);
  }

  /** At some x or t as the curves show it: without differences where there is a closed form. */
  inspect(along: number): Inspected {
    return this.#on(along, this.v ? this.module.inspect_line : this.module.inspect_curve);
  }

  #on(along: number, program: GradientModule["inspect_line" | "inspect_curve"]): Inspected {
    const x = this.#rounded(this.at(along));
    const said = this.#answer(x, ...this.params);
    const line = this.v ? [along, this.v] : [];
    // biome-ignore lint/suspicious/noExplicitAny: a vector's program takes the line, too
    return (program as any)(x, ...line, said, this.#eps, ...this.params);
  }

  /** At the point as the curves show it: on a line the derivative along v. */
  point(whole: Inspected): Inspected {
    if (!this.v) return whole;
    const { status, verdict } = whole;
    return { ...this.#on(this.along, this.module.inspect_on_line), status, verdict };
  }

  /** Over two coordinates, at a point of theirs. */
  inPlane([i, j]: readonly [number, number], first: number, second: number) {
    const x = this.position.map((held, k) => this.round(k === i ? first : k === j ? second : held));
    const unit = (which: number) => x.map((_, k) => Number(k === which));
    const said = this.#answer(x, ...this.params);
    return this.module.inspect_plane(x, unit(i), unit(j), said, this.#eps, ...this.params);
  }
}
