export type Interval = readonly [number, number];

/** Maps data to pixels and back. */
export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  readonly domain: Interval;
  readonly range: Interval;
  /** Round values inside the domain, about `count` of them. */
  ticks(count: number): number[];
}

/** About `count` multiples of 1, 2 or 5 times a power of ten. */
function niceTicks([from, to]: Interval, count: number): number[] {
  const raw = (to - from) / count;
  if (!(raw > 0 && Number.isFinite(raw))) return from === to ? [from] : [];
  const power = 10 ** Math.floor(Math.log10(raw));
  // Where the next factor is the nearer one on a logarithmic scale.
  const factor = [1, 2, 5].find((each) => raw / power < each * Math.sqrt(each === 2 ? 2.5 : 2));
  const step = power * (factor ?? 10);
  // Binary fractions leave noise in the last digits.
  const first = Math.ceil(from / step - 1e-9);
  const number = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: number }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function through(
  forward: (value: number) => number,
  backward: (value: number) => number,
  ticks: (count: number) => number[],
  domain: Interval,
  range: Interval,
): Scale {
  const start = forward(domain[0]);
  const slope = (range[1] - range[0]) / (forward(domain[1]) - start || 1);
  const scale = (value: number) => range[0] + (forward(value) - start) * slope;
  return Object.assign(scale, {
    invert: (pixel: number) => backward(start + (pixel - range[0]) / slope),
    domain,
    range,
    ticks,
  });
}

export function linear(domain: Interval, range: Interval): Scale {
  const same = (value: number) => value;
  return through(same, same, (count) => niceTicks(domain, count), domain, range);
}

/** Logarithmic; ticks are powers of ten, every n-th where all would be too many. */
export function logarithmic(domain: Interval, range: Interval): Scale {
  const ticks = (count: number) => {
    const low = Math.ceil(Math.log10(domain[0]) - 1e-9);
    const high = Math.floor(Math.log10(domain[1]) + 1e-9);
    const stride = [1, 2, 4, 8].find((each) => (high - low) / each <= count) ?? 16;
    const values: number[] = [];
    for (let e = high; e >= low; e -= stride) values.unshift(10 ** e);
    return values;
  };
  return through(Math.log10, (v) => 10 ** v, ticks, domain, range);
}

/**
 * Logarithmic both ways: sign(x) log(1 + |x| / constant), linear through zero.
 * Ticks are zero and the powers of ten from `constant` on, as many as fit.
 */
export function symlog(domain: Interval, range: Interval, constant: number): Scale {
  const ticks = (count: number) => {
    const top = Math.floor(Math.log10(Math.max(Math.abs(domain[0]), Math.abs(domain[1]))) + 1e-9);
    const bottom = Math.ceil(Math.log10(constant) - 1e-9);
    const stride = Math.max(1, Math.ceil((2 * (top - bottom) + 1) / count));
    const values = [0];
    for (let e = top; e > bottom; e -= stride) values.push(10 ** e, -(10 ** e));
    return values.filter((v) => v >= domain[0] && v <= domain[1]).sort((a, b) => a - b);
  };
  return through(
    (v) => Math.sign(v) * Math.log1p(Math.abs(v) / constant),
    (v) => Math.sign(v) * Math.expm1(Math.abs(v)) * constant,
    ticks,
    domain,
    range,
  );
}

/** The smallest interval with all finite values of all arrays, or null when there is none. */
export function extent(...arrays: ArrayLike<number>[]): Interval | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const value = array[i] as number;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Widens an interval by a share of its length on each side; never returns an empty one. */
export function pad(interval: Interval | null, below: number, above = below): Interval {
  const [low, high] = interval ?? [0, 1];
  const length = high - low || Math.abs(high) || 1;
  return [low - below * length, high + above * length];
}
