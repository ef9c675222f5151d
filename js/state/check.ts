// What a field accepts. The kernel has the last word; what is plainly wrong is told at once.

/** A number that the user may set. */
export interface Parameter {
  name: string;
  label: string;
  /** The slider's range; a value outside it but inside the bounds widens it. */
  min: number;
  max: number;
  log: boolean;
  step: number | null;
  /** A menu instead of a slider: labels and their numbers. */
  choices?: readonly (readonly [string, number])[];
  /** Open bounds of validity; null means none. */
  lower: number | null;
  upper: number | null;
}

export interface Bounds {
  lower?: number | null;
  upper?: number | null;
  integer?: boolean;
  /** Closed bounds of a whole number. */
  min?: number;
  max?: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text says, or NaN; a comma may stand for the decimal point. */
export function parseNumber(text: string): number {
  const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".");
  return NUMBER.test(plain) ? Number(plain) : Number.NaN;
}

/** Which numbers are allowed, in words. */
export function describe(bounds: Bounds): string {
  const { lower = null, upper = null, min, max } = bounds;
  const kind = bounds.integer ? "a whole number" : "a finite number";
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind}, ${min} or more`;
  if (lower !== null && upper !== null) return `${kind} between ${lower} and ${upper}`;
  if (lower !== null) return `${kind} greater than ${lower}`;
  if (upper !== null) return `${kind} less than ${upper}`;
  return kind;
}

/** The sentence on why a typed text is refused, or null when it is fine. */
export function refusal(label: string, text: string, bounds: Bounds): string | null {
  const value = parseNumber(text);
  const { lower = null, upper = null, min, max } = bounds;
  const allowed =
    Number.isFinite(value) &&
    (!bounds.integer || Number.isInteger(value)) &&
    (lower === null || value > lower) &&
    (upper === null || value < upper) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max);
  if (allowed) return null;
  const given = text.trim() === "" ? "nothing" : `“${text.trim().slice(0, 40)}”`;
  return `${label} must be ${describe(bounds)}, not ${given}.`;
}
