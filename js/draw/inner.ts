import { type AxisStyle, drawAxes, labelFont, plotArea } from "./axes.ts";
import { bottom, clipped, foundMarker, type Size, segment, text } from "./canvas.ts";
import { curveStroke, drawCurve, interpolate } from "./curve.ts";
import { extent, linear, pad } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The inner problem at the current x. */
export interface InnerData {
  y: Float64Array;
  g: Float64Array;
  /** The argmin that the solver found. */
  found: number;
  /** The true argmin; NaN when it is not known. */
  truth: number;
  truthLabel: string;
  variable: string;
}

export function innerScales(size: Size, data: InnerData) {
  const area = plotArea(size);
  const known = [data.found, data.truth].filter(Number.isFinite);
  const x = linear(extent(data.y, known) ?? [-1, 1], [area.left, area.left + area.width]);
  const y = linear(pad(extent(data.g), 0.16, 0.04), [bottom(area), area.top]);
  const foundAt = [x(data.found), y(interpolate(data.y, data.g, data.found))] as const;
  return { area, x, y, foundAt };
}

/** g(y), flat at the argmin that was found; the true one marked from below. */
export function drawInner(
  context: CanvasRenderingContext2D,
  { area, x, y, foundAt }: ReturnType<typeof innerScales>,
  data: InnerData,
  theme: Theme,
  highlighted: boolean,
): void {
  const name: AxisStyle = { name: data.variable };
  drawAxes(context, area, [x, name], [y, {}], theme);
  clipped(context, area, () => {
    const trueX = x(data.truth);
    if (Number.isFinite(trueX)) {
      const trueY = y(interpolate(data.y, data.g, data.truth));
      const style = { color: theme.reference, width: 2.5, dash: [3, 3] };
      segment(context, style, [trueX, bottom(area)], [trueX, trueY]);
      const onLeft = trueX > area.left + area.width * 0.72;
      text(context, data.truthLabel, [trueX + (onLeft ? -8 : 8), bottom(area) - 9], {
        color: theme.reference,
        font: labelFont(theme),
        align: onLeft ? "right" : "left",
      });
    }
    drawCurve(context, data.y, data.g, x, y, curveStroke(theme));
    if (Number.isFinite(foundAt[0]) && Number.isFinite(foundAt[1])) {
      const reach = Math.max(44, area.width * 0.17);
      const [px, py] = foundAt;
      segment(context, { color: theme.ink, width: 1.75 }, [px - reach, py], [px + reach, py]);
    }
  });
  if (Number.isFinite(foundAt[0]) && Number.isFinite(foundAt[1])) {
    foundMarker(context, foundAt, theme, highlighted);
  }
}
