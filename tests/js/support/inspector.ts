// What the kernel answers when it is asked to check the rule, or for the map.
import type { Values } from "../../../js/state/frame.ts";
import { VERDICTS } from "../../../js/state/protocol.ts";
import { pack } from "./pack.ts";
import { errorGrid, grid, inspect } from "./power.ts";

interface Extra {
  number: number;
}

const WRONG_RULE =
  "The solver did not converge, and the rule differentiates where it stopped: without it JAX's " +
  "own derivative is right.";

/** The BFGS rule fails where it is wrong; else all passes, but second order in float32. */
export function reportPack(values: Values, extra: Extra): DataView<ArrayBuffer> {
  const { wrong } = inspect(values.x as number, values);
  const none = Number.NaN;
  const checks = ["float64", "float32"].flatMap((dtype) => {
    const tolerance = dtype === "float64" ? 1e-5 : 1e-3;
    const check = (name: string, argument: string, order: number, more = {}, error = 1e-12) => ({
      row: {
        name,
        argument,
        order: String(order),
        dtype,
        outcome: "pass",
        cause: "",
        what_to_do: "",
        ...more,
      },
      error,
      tolerance: Number.isNaN(error) ? none : tolerance,
    });
    const first = wrong
      ? { outcome: "fail", cause: WRONG_RULE, what_to_do: "Let the solver converge." }
      : {};
    const second = wrong
      ? {
          outcome: "cannot be judged",
          cause: "The first derivative is not known to be right, so nothing is there to compare.",
        }
      : {};
    return [
      check("jit", "", 0),
      check("vmap", "", 1),
      check("forward", "x", 1, first, wrong ? 0.047 : 1e-12),
      check("reverse", "x", 1, first, wrong ? 0.047 : 1e-12),
      check("forward", "p", 1, first, wrong ? 0.086 : 1e-12),
      check("second order", "x", 2, second, wrong ? 0.2 : 1e-9),
      check(
        "residual",
        "",
        0,
        { outcome: "does not apply", cause: "No residual was given." },
        Number.NaN,
      ),
    ];
  });
  const fails = checks.filter(({ row }) => row.outcome === "fail").length;
  const header = {
    kind: "check",
    view: null,
    seq: null,
    ...extra,
    values,
    ok: fails === 0,
    headline: fails ? `f: ${fails} of 10 checks fail.` : "f: no fault found in 12 checks.",
    points: `At x = ${values.x}; p = ${values.p} and 8 random points within 10 % of it.`,
    rows: checks.map(({ row }) => row),
  };
  return pack(header, {
    "rows.error": checks.map(({ error }) => error),
    "rows.tolerance": checks.map(({ tolerance }) => tolerance),
  });
}

/** The error over x and p: wrong where BFGS is, unbounded nowhere, a kink at x = 0. */
export function mapPack(values: Values, parameter: string, extra: Extra): DataView<ArrayBuffer> {
  const x = errorGrid();
  const along = grid(1.05, 6, 41);
  const table = Array.from(along, (p) =>
    Array.from(x, (at) => inspect(at, { ...values, [parameter]: p })),
  );
  const cells = (of: (each: ReturnType<typeof inspect>, x: number) => number) =>
    table.map((row) => row.map((each, i) => of(each, x[i] as number)));
  const header = { kind: "map", view: null, seq: null, ...extra, values, parameter };
  return pack(header, {
    "map.x": x,
    "map.parameter": along,
    "map.rel_error": cells(({ error }) => error),
    "map.verdict": cells(({ verdict }, at) => (at === 0 ? VERDICTS.kink : verdict)),
    "map.status": cells(({ wrong }) => (wrong ? 3 : 0)),
  });
}
