// Frames of the power problem from its closed form, q = p / (p - 1): what the kernel would send.
// The "bfgs" solver is wrong in the bands where the tutorial's is, by as much.
import type { Values } from "../../../js/state/frame.ts";
import {
  POINT_FIELDS,
  ROW_COLUMNS,
  SUMMARY_FIELDS,
  TRANSITION_FIELDS,
  VERDICTS,
} from "../../../js/state/protocol.ts";
import type { Spec } from "../../../js/state/state.ts";
import { pack } from "./pack.ts";

export const SPEC: Spec = {
  title: "power",
  formula: "g(y) = |y|^p/p - x y",
  description: "The conjugate of a power is a power.",
  source: "A source.",
  problems: ["power", "huber"],
  function: "f",
  parameters: [
    { name: "p", label: "p", min: 1.05, max: 6, log: false, step: null, lower: 1, upper: null },
  ],
  x: { name: "x", label: "x", min: -1, max: 1, log: false, step: null, lower: null, upper: null },
  point: null,
  gradient_is_argmin: true,
  solvers: ["safeguarded", "bfgs"],
  dtypes: ["float64", "float32"],
  algorithms: ["hmc", "nuts", "mala"],
  presets: [
    { name: "wrong", label: "Where the tutorial's gradient is wrong", sentence: "At x = 0.18." },
  ],
};

export const VALUES: Values = {
  p: 3,
  x: 0.31415,
  solver: "safeguarded",
  dtype: "float64",
  algorithm: "hmc",
  step_size: 0.3,
  num_integration_steps: 5,
  inverse_mass_matrix: 1,
  initial_position: 1,
  seed: 0,
  num_chains: 1,
  gradient_scale: 1,
};

const BANDS = [
  [0.0407, 0.0483],
  [0.163, 0.193],
  [5.28, 6.27],
] as const;

export const trueValue = (x: number, p: number) => {
  const q = p / (p - 1);
  return Math.abs(x) ** q / q;
};

export const trueGradient = (x: number, p: number) => Math.sign(x) * Math.abs(x) ** (1 / (p - 1));

const isWrong = (x: number, values: Values) =>
  values.solver === "bfgs" && BANDS.some(([low, high]) => Math.abs(x) > low && Math.abs(x) < high);

export function inspect(x: number, values: Values) {
  const p = values.p as number;
  const truth = trueGradient(x, p);
  const wrong = isWrong(x, values);
  // Rounding of the safeguarded solver, or where BFGS's tolerance lets it stop.
  const wiggle = 0.5 + 0.5 * Math.abs(Math.sin(40 * Math.log(Math.abs(x) + 1e-3)));
  const error = wrong ? 0.047 : (values.solver === "bfgs" ? 1e-5 : 2e-16) * wiggle ** 4;
  const gradient = truth * (1 - error);
  const value = x * gradient - Math.abs(gradient) ** p / p;
  const verdict = wrong ? VERDICTS.not_converged : VERDICTS.agree;
  const residual = Math.abs(Math.abs(gradient) ** (p - 1) - Math.abs(x));
  return { gradient, value, error, verdict, residual, truth, wrong };
}

export const grid = (from: number, to: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Logarithmic both ways, dense enough for the bands. */
export const errorGrid = () => {
  const half = Array.from({ length: 240 }, (_, i) => 10 ** (-2 + (3 * i) / 239));
  return Float64Array.from([...half.map((x) => -x).reverse(), 0, ...half]);
};

export function logdensity(x: number, p: number): number {
  const normal = (z: number) => -0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
  return normal(x) + normal(trueValue(x, p));
}

function exactDensity(p: number) {
  const x = grid(-4, 4, 401);
  const log = x.map((at) => logdensity(at, p));
  const raw = log.map(Math.exp);
  const width = 0.02;
  const mass = raw.reduce((sum, value) => sum + value, 0) * width;
  const density = raw.map((value) => value / mass);
  const variance = density.reduce((sum, d, i) => sum + d * (x[i] as number) ** 2, 0) * width;
  return { x, log, density, sd: Math.sqrt(variance) };
}

const words = (x: number) => String(Number(x.toPrecision(4)));

export interface Extra {
  number: number;
  seq?: number | null;
  view?: string | null;
  settled?: boolean;
  seconds?: number;
  transition?: Step | null;
  whatIf?: boolean;
}

export function framePack(values: Values, extra: Extra): DataView<ArrayBuffer> {
  const x = values.x as number;
  const p = values.p as number;
  const at = inspect(x, values);
  const curveX = grid(Math.min(SPEC.x.min, x), Math.max(SPEC.x.max, x), 241);
  const curve = Array.from(curveX, (each) => inspect(each, values));
  const errorX = errorGrid();
  const errors = Array.from(errorX, (each) => inspect(each, values));
  const span = Math.max(1, Math.abs(at.truth) * 1.5);
  const innerY = grid(at.truth < 0 ? -span : -span / 4, at.truth < 0 ? span / 4 : span, 161);
  const exact = exactDensity(p);
  const point = {
    value: at.value,
    gradient: at.gradient,
    argmin: at.gradient,
    hessian: 1,
    residual: at.residual,
    num_steps: 5,
    status: at.wrong ? 3 : 0,
    reference_value: trueValue(x, p),
    reference_gradient: at.truth,
    fd_gradient: at.truth,
    fd_error: 2e-6,
    rel_error: at.error,
    verdict: at.verdict,
  };
  const row = (name: string, verdict: string | null, absent: string[], more = {}) => ({
    name,
    verdict,
    absent,
    message: null,
    reference: false,
    ...more,
  });
  const name = at.wrong ? "not_converged" : "agree";
  const none = Number.NaN;
  const header = {
    kind: "frame",
    seq: null,
    view: null,
    settled: true,
    ...extra,
    values,
    headline: {
      claim: `f′(${words(x)}) = ${words(at.gradient)}`,
      judgement: at.wrong ? "is wrong by 4.7 %" : "agrees with the closed form to 15 digits",
      verdict: name,
      why: at.wrong
        ? "BFGS stopped early: its line search failed (status 3), the inner residual is 0.016. " +
          `The closed form says ${words(at.truth)}.`
        : "The solver converged in 5 steps; the inner residual is 1e-17.",
    },
    status_sentence: "converged",
    verdict_sentence: "agrees within rtol = 1e-3",
    rows: [
      row("argmin custom_jvp", name, []),
      row("closed form", null, ["inner residual"], { reference: true }),
      row("finite difference", "agree", ["value", "inner residual"]),
      row("jax.grad through the solver", null, [...ROW_COLUMNS], {
        message:
          "ValueError: Reverse-mode differentiation does not work for lax.while_loop or " +
          "lax.fori_loop with dynamic start/stop values. Try using lax.scan, or using fori_loop " +
          "with static start/stop.",
      }),
    ],
    transition: extra.transition ? told(extra.transition, extra.whatIf ?? false) : null,
  };
  return pack(header, {
    point: POINT_FIELDS.map((field) => point[field]),
    rows: [
      [at.value, at.gradient, at.error, at.residual, 25e-6],
      [trueValue(x, p), at.truth, 0, none, 9e-6],
      [none, at.truth * (1 + 1e-9), 1e-9, none, none],
      [none, none, none, none, none],
    ],
    "curve.x": curveX,
    "curve.value": curve.map((each) => each.value),
    "curve.gradient": curve.map((each) => each.gradient),
    "curve.reference_value": Array.from(curveX, (each) => trueValue(each, p)),
    "curve.reference_gradient": curve.map((each) => each.truth),
    "curve.verdict": curve.map((each) => each.verdict),
    "inner.y": innerY,
    "inner.g": Array.from(innerY, (y) => Math.abs(y) ** p / p - x * y),
    "error.x": errorX,
    "error.rel_error": errors.map((each) => each.error),
    "error.verdict": errors.map((each) => each.verdict),
    "error.status": errors.map((each) => (each.wrong ? 3 : 0)),
    "density.x": exact.x,
    "density.logdensity": exact.log,
    "density.density": exact.density,
    "density.moments": [0, exact.sd],
    ...(extra.transition ? path(extra.transition) : {}),
  });
}

/** One transition of HMC, with its leapfrog path. */
export interface Step {
  index: number;
  position: number[];
  momentum: number[];
  energy: number[];
  deltaEnergy: number;
  uniform: number;
  isAccepted: boolean | null;
  isDivergent: boolean | null;
  stepSize: number;
  algorithm?: string;
  isLast?: boolean;
  /** Half kicks and drifts. */
  substeps?: { position: number[]; momentum: number[] } | null;
  tree?: {
    start: number;
    selected: number;
    doubling: number[];
    order: number[];
    directions: number[];
  };
  /** The same with the right gradient. */
  right?: Step;
}

const told = (step: Step, whatIf: boolean) => ({
  index: step.index,
  is_accepted: step.isAccepted,
  is_divergent: step.isDivergent,
  what_if: whatIf,
  algorithm: step.algorithm ?? "hmc",
  is_last: step.isLast ?? true,
  chain: 0,
  tree: step.tree
    ? {
        start: step.tree.start,
        selected: step.tree.selected,
        is_turning: true,
        is_last_discarded: false,
      }
    : null,
  sentence:
    `momentum drawn ${step.momentum[0]?.toFixed(3) ?? "none"} → ${step.position.length - 1} leapfrog ` +
    `steps → ΔH = ${step.deltaEnergy.toFixed(4)} → accept with probability ` +
    `${Math.min(1, Math.exp(step.deltaEnergy)).toFixed(3)}, drew u = ${step.uniform.toFixed(3)} ` +
    `→ ${step.isAccepted ? "accepted" : "rejected: the chain stays"}`,
});

function path(step: Step) {
  const { substeps, tree, right } = step;
  return {
    ...points("transition", step),
    ...(right && points("right", right)),
    ...(substeps && {
      "substeps.position": substeps.position,
      "substeps.momentum": substeps.momentum,
    }),
    ...(tree && {
      "tree.doubling": tree.doubling,
      "tree.order": tree.order,
      "tree.directions": tree.directions,
    }),
  };
}

function points(prefix: string, step: Step) {
  const hasMomentum = step.momentum.length > 0;
  const scalars = {
    delta_energy: step.deltaEnergy,
    acceptance_rate: Math.min(1, Math.exp(step.deltaEnergy)),
    uniform: step.uniform,
    momentum: step.momentum[0] ?? Number.NaN,
    inverse_mass: 1,
    step_size: step.stepSize,
  };
  return {
    [`${prefix}.position`]: step.position,
    ...(hasMomentum && { [`${prefix}.momentum`]: step.momentum }),
    ...(hasMomentum && { [`${prefix}.energy`]: step.energy }),
    [`${prefix}.scalars`]: TRANSITION_FIELDS.map((field) => scalars[field]),
  };
}

/** A small generator of numbers that look random, the same each time. */
export function randomNumbers(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    z ^= z >>> 15;
    return ((z >>> 0) + 0.5) / 2 ** 32;
  };
}

/** HMC on the power problem's density, step by step. */
export function hmcStep(start: number, index: number, values: Values, random: () => number): Step {
  const p = values.p as number;
  const stepSize = values.step_size as number;
  const scale = Number(values.gradient_scale ?? 1);
  const slope = (x: number) => -x - trueValue(x, p) * trueGradient(x, p) * scale;
  const energyAt = (x: number, m: number) => -logdensity(x, p) + (m * m) / 2;
  let x = start;
  let m = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const step: Step = {
    index,
    position: [x],
    momentum: [m],
    energy: [energyAt(x, m)],
    deltaEnergy: 0,
    uniform: random(),
    isAccepted: false,
    isDivergent: false,
    stepSize,
    substeps: { position: [x], momentum: [m] },
  };
  const note = () => {
    step.substeps?.position.push(x);
    step.substeps?.momentum.push(m);
  };
  for (let i = 0; i < (values.num_integration_steps as number); i++) {
    m += (stepSize / 2) * slope(x);
    note();
    x += stepSize * m;
    note();
    m += (stepSize / 2) * slope(x);
    note();
    step.position.push(x);
    step.momentum.push(m);
    step.energy.push(energyAt(x, m));
  }
  step.deltaEnergy = (step.energy[0] as number) - (step.energy.at(-1) as number);
  step.isDivergent = !(Math.abs(step.deltaEnergy) < 1000);
  step.isAccepted = step.uniform < Math.exp(step.deltaEnergy);
  return step;
}

/** A transition as NUTS makes it, always with three doublings: forward, backward, forward. */
export function nutsStep(start: number, index: number, values: Values, random: () => number): Step {
  const hmc = hmcStep(start, index, { ...values, num_integration_steps: 7 }, random);
  return {
    ...hmc,
    algorithm: "nuts",
    isAccepted: null,
    uniform: Number.NaN,
    substeps: null,
    tree: {
      start: 2,
      selected: 5,
      doubling: [1, 1, -1, 0, 2, 2, 2, 2],
      order: [3, 2, 0, 1, 4, 5, 6, 7],
      directions: [1, -1, 1],
    },
  };
}

/** A proposal as MALA makes it, without momentum. */
export function malaStep(start: number, index: number, values: Values, random: () => number): Step {
  const { stepSize, ...hmc } = hmcStep(
    start,
    index,
    { ...values, num_integration_steps: 1 },
    random,
  );
  const more = { algorithm: "mala", isDivergent: null, substeps: null, stepSize };
  return { ...hmc, ...more, momentum: [], energy: [], isAccepted: true };
}

export interface DrawsExtra {
  number: number;
  first: number;
  epoch?: number;
  running?: boolean;
  batch?: number | null;
  transition?: Step | null;
  marks?: { draw: number; text: string }[];
  warmup?: { step_size: number; inverse_mass_matrix: unknown; draws: readonly number[] } | null;
  right?: { draws: readonly (readonly number[])[]; summary: Parameters<typeof drawsPack>[2] };
}

export function drawsPack(
  chains: readonly ArrayLike<number>[],
  divergent: readonly ArrayLike<number>[],
  summary: Partial<Record<(typeof SUMMARY_FIELDS)[number], number>>,
  extra: DrawsExtra,
): DataView<ArrayBuffer> {
  const count = chains[0]?.length ?? 0;
  const { warmup, right, ...rest } = extra;
  const summaryOf = (given: typeof summary) =>
    SUMMARY_FIELDS.map((field) => given[field] ?? Number.NaN);
  const header = {
    kind: "draws",
    epoch: 0,
    running: false,
    batch: null,
    marks: [],
    view: null,
    seq: null,
    ...rest,
    warmup: warmup && { ...warmup, draws: undefined, num_draws: warmup.draws.length },
    num_draws: extra.first + count,
    num_chains: chains.length,
    transition: extra.transition ? told(extra.transition, false) : null,
  };
  return pack(header, {
    draws: chains,
    is_accepted: chains.map((values) => Array.from(values, () => 1)),
    is_divergent: divergent,
    summary: summaryOf(summary),
    ...(warmup && { "warmup.draws": warmup.draws }),
    ...(right && { "right.draws": right.draws, "right.summary": summaryOf(right.summary) }),
    ...(extra.transition ? path(extra.transition) : {}),
  });
}
