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
  /** Relative to the larger of the two. */
  error: number;
}

/** Doubles have no more digits than this. */
const ALL_DIGITS = 16;

function difference(name: string, page: number, kernel: number): Difference {
  const same = Object.is(page, kernel) || page === kernel;
  const size = Math.max(Math.abs(page), Math.abs(kernel));
  const error = same ? 0 : Math.abs(page - kernel) / size;
  return { name, page, kernel, error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error };
}

/** To how many digits two inspections of the same inputs agree, and where they differ most. */
export function agreement(
  page: Readonly<Record<string, unknown>>,
  kernel: Readonly<Record<string, number>>,
): { digits: number; worst: Difference } {
  const all = COMPARED.map((name) => difference(name, Number(page[name]), Number(kernel[name])));
  const worst = all.reduce((a, b) => (b.error > a.error ? b : a));
  const digits = Math.max(0, Math.min(ALL_DIGITS, Math.floor(-Math.log10(worst.error))));
  return { digits, worst };
}

/** A difference beyond this is told as an alert: solvers stop at a step that rounding decides. */
export const toleranceOf = (dtype: string) => (dtype === "float32" ? 1e-4 : 1e-9);
