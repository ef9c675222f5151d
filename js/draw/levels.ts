/** A closed line in phase space: position and momentum by turns. */
export type Contour = readonly (readonly [number, number])[];

/**
 * Lines of constant energy H = U + inverseMass * momentum^2 / 2 with U = -logdensity.
 * @param x positions, ascending.
 * @param logdensity at the positions; may be -inf.
 * @param above energies above the smallest potential energy.
 * @returns for each energy the closed lines (several where there are several wells).
 */
export function energyLevels(
  x: ArrayLike<number>,
  logdensity: ArrayLike<number>,
  inverseMass: number,
  above: readonly number[],
): Contour[] {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = logdensity[i] as number;
    if (value > best) best = value;
  }
  const contours: Contour[] = [];
  for (const energy of above) {
    const kinetic = (i: number) => energy + (logdensity[i] as number) - best;
    let upper: [number, number][] = [];
    const close = () => {
      if (upper.length > 2) {
        const lower = upper.map(([q, p]) => [q, -p] as const).reverse();
        contours.push([...upper, ...lower]);
      }
      upper = [];
    };
    for (let i = 0; i < x.length; i++) {
      const here = kinetic(i);
      const before = i > 0 ? kinetic(i - 1) : Number.NaN;
      const crossing = () => {
        const share = before / (before - here);
        return (x[i - 1] as number) * (1 - share) + (x[i] as number) * share;
      };
      if (here >= 0) {
        if (before < 0) upper.push([Number.isFinite(before) ? crossing() : (x[i] as number), 0]);
        upper.push([x[i] as number, Math.sqrt((2 * here) / inverseMass)]);
      } else if (before >= 0) {
        upper.push([Number.isFinite(here) ? crossing() : (x[i - 1] as number), 0]);
        close();
      }
    }
    close();
  }
  return contours;
}
