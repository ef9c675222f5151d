import { type Area, bottom, right, type Size } from "./canvas.ts";

export type Corner =
  | "below-right"
  | "above-right"
  | "below-left"
  | "above-left"
  | "above"
  | "below";

/** Where a label of a given size goes beside a point: the first corner where it fits. */
export function place(
  at: readonly [number, number],
  label: Size,
  area: Area,
  corners: readonly Corner[],
  gap = 13,
): [number, number] {
  const spot = (corner: Corner): [number, number] => [
    corner.endsWith("right")
      ? at[0] + gap
      : corner.endsWith("left")
        ? at[0] - gap - label.width
        : at[0] - label.width / 2,
    corner.startsWith("below") ? at[1] + gap * 0.6 : at[1] - gap * 0.6 - label.height,
  ];
  const low = [area.left, area.top] as const;
  const high = [right(area) - label.width, bottom(area) - label.height] as const;
  const fits = ([x, y]: [number, number]) =>
    x >= low[0] && y >= low[1] && x <= high[0] + 8 && y <= high[1];
  const spots = corners.map(spot);
  const [x, y] = spots.find(fits) ?? (spots[0] as [number, number]);
  return [Math.max(low[0], Math.min(high[0], x)), Math.max(low[1], Math.min(high[1], y))];
}
