import type { Interval } from "../draw/scales.ts";
import type { Density } from "../state/frame.ts";

/** Densities below this share of the highest are left out of the plots. */
const FAINT = 1e-5;

/** Positions between which nearly all of the density lies; three plots share them. */
export function support(density: Density): Interval {
  const { x } = density;
  const top = density.density.reduce((best, value) => Math.max(best, value || 0), 0);
  const first = density.density.findIndex((value) => value > FAINT * top);
  let last = x.length - 1;
  while (last > first && !((density.density[last] as number) > FAINT * top)) last--;
  return [x[Math.max(first, 0)] as number, x[first < 0 ? x.length - 1 : last] as number];
}
