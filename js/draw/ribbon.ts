import type { Area } from "./canvas.ts";
import type { Theme } from "./theme.ts";

/** Height of a ribbon in pixels, and of the square tiles that fill it. */
export const RIBBON = 8;
/** Patterns are drawn on a grid of 16 by 16, as icons are. */
const GRID = 16;

/** Stretches of a ribbon with one pattern; an empty one is plain. */
export interface Stretch {
  intervals: readonly (readonly [number, number])[];
  pattern: string;
}

/** A strip that tells stretches apart by pattern, not by colour. */
export function drawRibbon(
  context: CanvasRenderingContext2D,
  stretches: readonly Stretch[],
  area: Area,
  theme: Theme,
): void {
  for (const { intervals, pattern } of stretches) {
    const tile = new Path2D(pattern);
    context.save();
    context.beginPath();
    for (const [from, to] of intervals) context.rect(from, area.top, to - from, area.height);
    context.clip();
    context.fillStyle = pattern ? theme.surface : theme.grid;
    context.fill();
    context.translate(area.left, area.top);
    context.scale(RIBBON / GRID, RIBBON / GRID);
    context.strokeStyle = theme.ink;
    context.lineWidth = 3;
    for (let left = 0; pattern && left < area.width; left += RIBBON) {
      context.stroke(tile);
      context.translate(GRID, 0);
    }
    context.restore();
  }
}
