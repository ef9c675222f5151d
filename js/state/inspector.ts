// What the inspector was asked for: the check of the rule, and the map over x and a parameter.
import { unpack, type Values } from "./frame.ts";
import { CHECK, MAP } from "./protocol.ts";

export type Outcome = "pass" | "fail" | "cannot be judged" | "does not apply";

/** One check of the rule; error and tolerance are NaN where there are none. */
export interface CheckRow {
  name: string;
  argument: string;
  /** Of the derivative; 0 is the value. */
  order: number;
  dtype: string;
  outcome: Outcome;
  error: number;
  tolerance: number;
  cause: string;
  whatToDo: string;
}

/** What the check of the rule found. */
export interface Report {
  number: number;
  /** The inputs that it was made for. */
  values: Values;
  ok: boolean;
  headline: string;
  points: string;
  rows: readonly CheckRow[];
}

/** Rows that end alike for the same cause. */
export interface Finding extends Pick<CheckRow, "outcome" | "cause" | "whatToDo"> {
  rows: CheckRow[];
}

/** The relative error over x and one parameter; the tables' rows belong to the parameter. */
export interface ErrorMap {
  number: number;
  values: Values;
  parameter: string;
  x: Float64Array;
  y: Float64Array;
  error: Float64Array;
  verdict: Float64Array;
  status: Float64Array;
}

const NONE = new Float64Array(0);

/** Reads a frame of kind "check"; null when the buffer holds none. */
export function readReport(buffer: unknown): Report | null {
  const unpacked = unpack(buffer);
  if (unpacked?.header.kind !== CHECK) return null;
  const { arrays } = unpacked;
  // biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
  const header = unpacked.header as any;
  const errors = arrays.get("rows.error");
  const tolerances = arrays.get("rows.tolerance");
  return {
    number: header.number,
    values: header.values,
    ok: header.ok,
    headline: header.headline,
    points: header.points,
    rows: header.rows.map((row: Record<string, string>, i: number) => ({
      ...row,
      order: Number(row.order),
      error: errors?.[i] ?? Number.NaN,
      tolerance: tolerances?.[i] ?? Number.NaN,
      whatToDo: row.what_to_do,
    })),
  };
}

/** Reads a frame of kind "map"; null when the buffer holds none. */
export function readMap(buffer: unknown): ErrorMap | null {
  const unpacked = unpack(buffer);
  if (unpacked?.header.kind !== MAP) return null;
  const { arrays } = unpacked;
  // biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
  const header = unpacked.header as any;
  const array = (name: string) => arrays.get(`map.${name}`) ?? NONE;
  return {
    number: header.number,
    values: header.values,
    parameter: header.parameter,
    x: array("x"),
    y: array("parameter"),
    error: array("rel_error"),
    verdict: array("verdict"),
    status: array("status"),
  };
}

const WORST_FIRST: readonly Outcome[] = ["fail", "cannot be judged", "does not apply", "pass"];

/** The rows by outcome and cause, the worst first. */
export function findings(rows: readonly CheckRow[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const row of rows) {
    const { outcome, cause, whatToDo } = row;
    const key = JSON.stringify([outcome, cause, whatToDo]);
    const finding = found.get(key) ?? { outcome, cause, whatToDo, rows: [] };
    finding.rows.push(row);
    found.set(key, finding);
  }
  const rank = ({ outcome }: Finding) => WORST_FIRST.indexOf(outcome);
  return [...found.values()].sort((a, b) => rank(a) - rank(b));
}

/** What a map depends on: all that the gradient depends on, but what is on its axes. */
export function mapKey(
  values: Values,
  parameters: readonly { name: string }[],
  on: string,
  xs: ArrayLike<number>,
): string {
  const others = parameters.map(({ name }) => name).filter((name) => name !== on);
  const decade = Math.round(Math.log10(Math.abs(xs[xs.length - 1] ?? 1)));
  return JSON.stringify([on, decade, ...["solver", "dtype", ...others].map((key) => values[key])]);
}
