// The plane of a vector as the kernel tells it: a correlated normal density, whose gradient is
// wrong where the first coordinate is above 1.
import type { Values } from "../../../js/state/frame.ts";
import { SUMMARY_FIELDS, VERDICTS } from "../../../js/state/protocol.ts";
import type { Spec } from "../../../js/state/state.ts";
import { pack } from "./pack.ts";
import { framePack, grid, SPEC, VALUES } from "./power.ts";

const COUNT = 41;

export const vectorSpec = (dim: number): Spec => ({
  ...SPEC,
  title: "normal",
  x: { ...SPEC.x, name: "t", label: "t" },
  point: { name: "x", dim },
  gradient_is_argmin: false,
});

export const vectorValues = (dim: number): Values => ({
  ...VALUES,
  x: Array.from({ length: dim }, (_, k) => 0.5 - 0.25 * k),
  t: 0,
  direction: 0,
  plane: [0, 1],
});

const value = (a: number, b: number) => (a * a + a * b + b * b) / 2;
const isWrong = (a: number) => a > 1;

const position = (values: Values) => values.x as number[];

/** The arrows at x. */
export function arrowsOf(values: Values) {
  const [i, j] = values.plane as [number, number];
  const [a, b] = [position(values)[i] as number, position(values)[j] as number];
  const reference = [a + b / 2, b + a / 2];
  return { reference, gradient: isWrong(a) ? [reference[0] as number, 0] : reference };
}

/** A frame of the power problem along a line, with the arrows of the plane. */
export function vectorFrame(values: Values, extra: { number: number }): DataView<ArrayBuffer> {
  const scalar = framePack({ ...values, x: Number(values.t) }, { number: extra.number });
  const length = scalar.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(scalar.buffer, 4, length)));
  const arrays: Record<string, ArrayLike<number>> = {};
  for (const [name, [offset, ...shape]] of Object.entries(
    header.arrays as Record<string, [number, ...number[]]>,
  )) {
    const size = shape.reduce((product, n) => product * n, 1);
    arrays[name] = Float64Array.from({ length: size }, (_, i) =>
      scalar.getFloat64(4 + length + 8 * (offset + i), true),
    );
  }
  const { gradient, reference } = arrowsOf(values);
  return pack(
    { ...header, ...extra, values, position: position(values) },
    { ...arrays, "arrows.gradient": gradient, "arrows.reference": reference },
  );
}

/** One of both parts of the plane. */
export function planePack(part: "field" | "density", values: Values, number: number) {
  const header = { kind: "plane", number, part, values, position: position(values) };
  const across = grid(-2, 2, COUNT);
  const up = grid(-2, 2, COUNT);
  const cells = (of: (a: number, b: number) => number) =>
    Array.from(up, (b) => Array.from(across, (a) => of(a, b))).flat();
  if (part === "field") {
    return pack(header, {
      "field.across": across,
      "field.up": up,
      "field.value": cells(value),
      "field.rel_error": cells((a) => (isWrong(a) ? 0.3 : 1e-15)),
      "field.verdict": cells((a) => (isWrong(a) ? VERDICTS.disagree : VERDICTS.agree)),
    });
  }
  const sd = Math.sqrt(4 / 3);
  const x = grid(-3, 3, 61);
  const normal = Array.from(
    x,
    (at) => Math.exp(-((at / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI)),
  );
  return pack(header, {
    "slice.across": across,
    "slice.up": up,
    "slice.logdensity": cells((a, b) => -value(a, b)),
    ...(position(values).length === 2 && {
      "marginals.x": [...x, ...x],
      "marginals.density": [...normal, ...normal],
      "marginals.mean": [0, 0],
      "marginals.sd": [sd, sd],
      "marginals.error": [1e-9],
    }),
  });
}

/** A batch of draws in the plane, and the path that led to the last of them. */
export function planeDraws(
  values: Values,
  draws: readonly (readonly [number, number])[],
  number: number,
  first = 0,
): DataView<ArrayBuffer> {
  const last = draws.at(-1) ?? [0, 0];
  const header = {
    kind: "draws",
    number,
    epoch: 0,
    first,
    num_draws: first + draws.length,
    num_chains: 1,
    running: false,
    marks: [],
    transition: {
      index: first + draws.length,
      is_accepted: true,
      is_divergent: false,
      what_if: false,
      sentence: "accepted",
      algorithm: String(values.algorithm),
    },
  };
  const flags = draws.map(() => 0);
  return pack(header, {
    draws: [draws.map(([a]) => a)],
    is_divergent: [flags],
    summary: SUMMARY_FIELDS.map((field) => ({ mean: 0.1, sd: 1.1, ess: 300 })[field as "mean"]),
    "plane.draws": [[draws.map(([a]) => a), draws.map(([, b]) => b)]],
    "plane.mean": [0.1, -0.2],
    "plane.sd": [1.1, 1.2],
    "transition.position": [0, last[0]],
    "transition.momentum": [1, 1],
    "transition.energy": [1, 1],
    "transition.scalars": [0, 1, 0.5, 1, 1, 0.3],
    "transition.plane": [0, last[0], 0, last[1]],
  });
}
