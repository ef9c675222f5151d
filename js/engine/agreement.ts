// Whether the page and the kernel say the same.

/** What is compared: what a reader reads. */
const COMPARED = [
  "value",
  "gradient",
  "argmin",
  "hessian",
  "reference_value",
  "reference_gradient",
];

export interface Difference {
  name: string;
  page: number;
  kernel: number;
  /** Relative to the larger of the two, and of the whole vector of which they are a part. */
  error: number;
  /** The same of what neither of the two says of its own error. */
  excess: number;
}

/** An inspection's fields that are compared, and what they say of their errors. */
type Fields = Readonly<Record<string, unknown>>;

/** Doubles have no more digits than this. */
const ALL_DIGITS = 16;

/** What an inspection says of the error of a field: differences do, and a solver that stopped. */
function slack(name: string, fields: Fields, hasClosedForm: boolean): number {
  const of = (field: string) => Math.abs(Number(fields[field])) || 0;
  if (name === "reference_gradient") return hasClosedForm ? 0 : of("fd_error");
  const solved = name === "gradient" || name === "argmin";
  return solved ? of("residual") * Math.max(1, of("hessian")) : 0;
}

/** The page's word on its own error is taken up to so many times the kernel's... */
const TRUST = 10;
/** ... or up to a residual with which BFGS is content: one iteration more may square it. */
const CONTENT = 1e-5;

/** To how many digits two inspections of the same inputs agree, and where they differ most. */
export function agreement(
  page: Fields,
  kernel: Fields,
  /** Of vectors of which the fields are a part, along a line. */
  sizes: Readonly<Record<string, number>> = {},
  hasClosedForm = true,
): { digits: number; worst: Difference } {
  const all = COMPARED.map((name): Difference => {
    const [one, other] = [Number(page[name]), Number(kernel[name])];
    const same = Object.is(one, other) || one === other;
    const size = Math.max(Math.abs(one), Math.abs(other), sizes[name] ?? 0);
    const away = Math.abs(one - other);
    const theirs = slack(name, kernel, hasClosedForm);
    // What is translated wrongly may well say of itself that it has found nothing.
    const believed = Math.max(TRUST * theirs, CONTENT);
    const own = theirs + Math.min(slack(name, page, hasClosedForm), believed);
    const relative = (value: number) => {
      const error = same ? 0 : value / size;
      return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    };
    return {
      name,
      page: one,
      kernel: other,
      error: relative(away),
      excess: relative(Math.max(0, away - own)),
    };
  });
  const largest = Math.max(...all.map(({ error }) => error));
  const digits = Math.max(0, Math.min(ALL_DIGITS, Math.floor(-Math.log10(largest))));
  return { digits, worst: all.reduce((a, b) => (b.excess > a.excess ? b : a)) };
}

/** A difference beyond this is told as an alert: solvers stop at a step that rounding decides. */
export const toleranceOf = (dtype: string) => (dtype === "float32" ? 1e-4 : 1e-9);
