/** Straight pieces of a line: their ends, four numbers each: x, y, x, y. */
export type Pieces = readonly number[];

/** Where a level lies between two corners; next to the finite one where the other is not. */
function crossing(from: number, to: number, level: number): number {
  if (!Number.isFinite(from)) return 1;
  if (!Number.isFinite(to)) return 0;
  return (level - from) / (to - from);
}

/**
 * The line of one level of a table over a grid, by marching squares.
 * @param across coordinates of the columns.
 * @param up coordinates of the rows.
 * @param table in rows; cells with a NaN are left out.
 */
export function contour(
  across: ArrayLike<number>,
  up: ArrayLike<number>,
  table: ArrayLike<number>,
  level: number,
): Pieces {
  const pieces: number[] = [];
  const columns = across.length;
  // Most cells have all of their corners on one side: they are passed by at once.
  const sides = Uint8Array.from(table, (value) => (value > level ? 1 : 0));
  for (let j = 0; j + 1 < up.length; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const cell = j * columns + i;
      const count =
        (sides[cell] as number) +
        (sides[cell + 1] as number) +
        (sides[cell + columns] as number) +
        (sides[cell + columns + 1] as number);
      if (count === 0 || count === 4) continue;
      // Corners counterclockwise, from the lower left one.
      const values = [cell, cell + 1, cell + columns + 1, cell + columns].map(
        (at) => table[at] as number,
      );
      if (values.some(Number.isNaN)) continue;
      const above = values.map((value) => value > level);
      const corners = [
        [across[i], up[j]],
        [across[i + 1], up[j]],
        [across[i + 1], up[j + 1]],
        [across[i], up[j + 1]],
      ] as [number, number][];
      const ends: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const next = (k + 1) % 4;
        if (above[k] === above[next]) continue;
        const share = crossing(values[k] as number, values[next] as number, level);
        const [from, to] = [corners[k], corners[next]] as [[number, number], [number, number]];
        ends.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
      }
      // Of a saddle the middle tells which ends belong together.
      const isOpen = values.reduce((sum, value) => sum + value, 0) / 4 > level === above[0];
      const order = ends.length === 4 && isOpen ? [0, 1, 2, 3] : [3, 0, 1, 2];
      const pairs = ends.length === 2 ? [0, 1] : order;
      for (const end of pairs) pieces.push(...(ends[end] as [number, number]));
    }
  }
  return pieces;
}

/** Levels that are equally spaced on a bowl: denser where a function is low. */
export function bowlLevels(table: ArrayLike<number>, count: number): number[] {
  const finite = Float64Array.from(Array.from(table).filter(Number.isFinite)).sort();
  const low = finite[0] ?? 0;
  // A few huge values, as beside a pole, would leave one level for all of the others.
  const high = finite[Math.floor(0.98 * (finite.length - 1))] ?? 0;
  if (!(high > low)) return [];
  return Array.from({ length: count }, (_, k) => low + (high - low) * ((k + 0.5) / count) ** 2);
}

/** Levels of a log density: of a normal one they are at equal distances. */
export function densityLevels(logdensity: ArrayLike<number>, radii: readonly number[]): number[] {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logdensity.length; i++) {
    if ((logdensity[i] as number) > top) top = logdensity[i] as number;
  }
  return Number.isFinite(top) ? radii.map((radius) => top - radius ** 2 / 2) : [];
}
