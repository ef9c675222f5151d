import { type Area, bottom, right, type Size } from "./canvas.ts";
import type { Scale } from "./scales.ts";

export type Corner =
  | "below-right"
  | "above-right"
  | "below-left"
  | "above-left"
  | "above"
  | "below";

type Spot = readonly [number, number];

const CORNERS: readonly Corner[] = [
  "below-right",
  "above-left",
  "above-right",
  "below-left",
  "above",
  "below",
];
const GAPS = [14, 22, 34, 50];

/** The points of curves in pixels: what a label had better not hide. */
export function outline(xs: ArrayLike<number>, ys: ArrayLike<number>, x: Scale, y: Scale): Spot[] {
  return Array.from({ length: xs.length }, (_, i) => [x(xs[i] as number), y(ys[i] as number)]);
}

/** Points along a straight line. */
export function along(from: Spot, to: Spot, count = 40): Spot[] {
  return Array.from({ length: count + 1 }, (_, i) => [
    from[0] + ((to[0] - from[0]) * i) / count,
    from[1] + ((to[1] - from[1]) * i) / count,
  ]);
}

/** Where a label of a given size goes beside a point: near it, hiding as little as possible. */
export function place(
  at: Spot,
  label: Size,
  area: Area,
  preferred: readonly Corner[],
  obstacles: readonly Spot[],
): Spot {
  const spot = (corner: Corner, gap: number): Spot => {
    const [vertical, side] = corner.split("-");
    const dx = side === "right" ? gap : side === "left" ? -gap - label.width : -label.width / 2;
    const dy = vertical === "below" ? gap / 2 : -gap / 2 - label.height;
    return [at[0] + dx, at[1] + (side ? dy : 2 * dy + (vertical === "below" ? 0 : label.height))];
  };
  const inside = ([x, y]: Spot): Spot => [
    Math.max(area.left, Math.min(right(area) + 8 - label.width, x)),
    Math.max(area.top, Math.min(bottom(area) - label.height, y)),
  ];
  const hidden = ([x, y]: Spot) =>
    obstacles.filter(
      ([ox, oy]) => ox > x - 2 && ox < x + label.width + 2 && oy > y && oy < y + label.height,
    ).length;
  const moved = (a: Spot, b: Spot) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
  const order = [...new Set([...preferred, ...CORNERS])];
  let best: Spot = at;
  let least = Number.POSITIVE_INFINITY;
  order.forEach((corner, rank) => {
    for (const gap of GAPS) {
      const wanted = spot(corner, gap);
      const found = inside(wanted);
      const cost = hidden(found) + 0.4 * rank + 0.04 * gap + moved(wanted, found);
      if (cost < least) [best, least] = [found, cost];
    }
  });
  return best;
}
