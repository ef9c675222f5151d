import { type Stroke, stroke } from "./canvas.ts";
import type { Scale } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** A line through the points; a value that is not finite leaves a gap. */
export function drawCurve(
  context: CanvasRenderingContext2D,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  x: Scale,
  y: Scale,
  style: Stroke,
): void {
  stroke(context, style, (path) => {
    let pen = false;
    for (let i = 0; i < xs.length; i++) {
      const px = x(xs[i] as number);
      const py = y(ys[i] as number);
      if (!Number.isFinite(px) || !Number.isFinite(py)) {
        pen = false;
      } else if (pen) {
        path.lineTo(px, py);
      } else {
        path.moveTo(px, py);
        pen = true;
      }
    }
  });
}

/** The reference: wide and pale, so that the curve in question lies on it. */
export const referenceStroke = (theme: Theme): Stroke => ({
  color: theme.referenceWide,
  width: 7,
});

export const curveStroke = (theme: Theme): Stroke => ({ color: theme.accent, width: 2 });

/** Index of the first value that is not below x, in ascending values. */
function left(values: ArrayLike<number>, x: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value at `x` on the line through the points (xs ascending); NaN outside of them. */
export function interpolate(xs: ArrayLike<number>, ys: ArrayLike<number>, x: number): number {
  const last = xs.length - 1;
  if (last < 0 || !(x >= (xs[0] as number) && x <= (xs[last] as number))) return Number.NaN;
  const i = Math.min(last, Math.max(1, left(xs, x)));
  const [x0, x1] = [xs[i - 1] as number, xs[i] as number];
  const share = x1 > x0 ? (x - x0) / (x1 - x0) : 0;
  return (ys[i - 1] as number) * (1 - share) + (ys[i] as number) * share;
}
