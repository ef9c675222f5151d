// A situation as the end of an address: what was set, and the chain as what it is made from.

export interface Segment {
  count: number;
  settings: {
    step_size: number;
    num_integration_steps: number;
    inverse_mass_matrix: readonly number[];
  };
}

const CHAIN = "chain";
/** Between the masses of a vector or a matrix. */
const BETWEEN = "~";

/** A saved chain is made again draw by draw: a longer one is not carried further. */
const MOST_DRAWS = 100_000;

/** Writes the values that differ from those the page began with, and the chain. */
export function writeFragment(
  values: Record<string, unknown>,
  initial: Record<string, unknown>,
  segments: readonly Segment[],
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = JSON.stringify(value);
    if (text !== JSON.stringify(initial[name])) query.set(name, text);
  }
  if (segments.length) {
    const parts = segments.map(({ count, settings }) =>
      [
        count,
        settings.step_size,
        settings.num_integration_steps,
        settings.inverse_mass_matrix.join(BETWEEN),
      ].join("_"),
    );
    query.set(CHAIN, parts.join("."));
  }
  return query.toString().replace(/%22/g, "'");
}

const fits = (value: unknown, initial: unknown) =>
  typeof value === typeof initial && Array.isArray(value) === Array.isArray(initial);

/** What of a vector may be a number, a vector or a matrix, and its direction also a word. */
function isShaped(name: string, value: unknown): boolean {
  if (name === "direction" && (value === "gradient" || value === "random")) return true;
  const numbers = [value].flat(2);
  return (
    ["direction", "inverse_mass_matrix", "initial_position"].includes(name) &&
    numbers.every((number) => typeof number === "number")
  );
}

/** Reads what `writeFragment` wrote; whatever does not fit is left out. */
export function readFragment(
  fragment: string,
  initial: Record<string, unknown>,
): { values: Record<string, unknown>; segments: Segment[] } {
  const values: Record<string, unknown> = {};
  const isVector = "direction" in initial;
  const query = new URLSearchParams(fragment.replace(/^#/, "").replace(/'/g, "%22"));
  for (const [name, text] of query) {
    if (!(name in initial)) continue;
    try {
      const value: unknown = JSON.parse(text);
      if (fits(value, initial[name]) || (isVector && isShaped(name, value))) values[name] = value;
    } catch {
      // Somebody else's fragment.
    }
  }
  return { values, segments: readSegments(query.get(CHAIN) ?? "") };
}

function readSegments(text: string): Segment[] {
  const segments: Segment[] = [];
  let total = 0;
  // A number may hold a point: parts are told apart by their four fields.
  for (const [, ...fields] of text.matchAll(/(\d+)_([^_]+)_(\d+)_([^_]+?)(?=\.\d+_|$)/g)) {
    const [count = 0, step_size = 0, num_integration_steps = 0] = fields.map(Number);
    const masses = (fields[3] ?? "").split(BETWEEN).map(Number);
    const isFine =
      count > 0 &&
      step_size > 0 &&
      num_integration_steps >= 1 &&
      num_integration_steps <= 1000 &&
      masses.every(Number.isFinite) &&
      (masses[0] ?? 0) > 0;
    total += count;
    if (!isFine || total > MOST_DRAWS) return segments;
    segments.push({
      count,
      settings: { step_size, num_integration_steps, inverse_mass_matrix: masses },
    });
  }
  return segments;
}
