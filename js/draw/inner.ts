import { type AxisStyle, drawAxes, labelFont, plotArea } from "./axes.ts";
import { bottom, clipped, foundMarker, right, type Size, segment, text } from "./canvas.ts";
import { curveStroke, drawCurve, interpolate } from "./curve.ts";
import { along, outline } from "./place.ts";
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

/** About the width of a letter of a label, in pixels. */
const LETTER = 7.5;

export function innerScales(size: Size, data: InnerData) {
  const area = plotArea(size);
  const known = [data.found, data.truth].filter(Number.isFinite);
  const x = linear(extent(data.y, known) ?? [-1, 1], [area.left, area.left + area.width]);
  const y = linear(pad(extent(data.g), 0.16, 0.04), [bottom(area), area.top]);
  const foundAt = [x(data.found), y(interpolate(data.y, data.g, data.found))] as const;
  const reach = Math.max(44, area.width * 0.17);
  const [px, py] = foundAt;
  const tangent = [
    [px - reach, py],
    [px + reach, py],
  ] as const;
  const trueX = x(data.truth);
  // The label of the true one stands at the foot, on the side that has room for it.
  const width = LETTER * data.truthLabel.length;
  const side = right(area) - trueX - 16 < width ? -1 : 1;
  // Where neither side has, it is whole all the same.
  const labelX = side < 0 ? Math.max(trueX - 8, area.left + width) : trueX + 8;
  const foot = bottom(area) - 14;
  const obstacles = [
    ...outline(data.y, data.g, x, y),
    ...along(...tangent),
    ...along([trueX, py], [trueX, bottom(area)]),
    ...along([labelX, foot], [labelX + side * width, foot]),
  ];
  return { area, x, y, foundAt, tangent, trueX, side, labelX, obstacles };
}

/** g(y), flat at the argmin that was found; the true one marked from below. */
export function drawInner(
  context: CanvasRenderingContext2D,
  { area, x, y, foundAt, tangent, trueX, side, labelX }: ReturnType<typeof innerScales>,
  data: InnerData,
  theme: Theme,
  highlighted: boolean,
): void {
  const name: AxisStyle = { name: data.variable };
  drawAxes(context, area, [x, name], [y, {}], theme);
  clipped(context, area, () => {
    if (Number.isFinite(trueX)) {
      const trueY = y(interpolate(data.y, data.g, data.truth));
      const style = { color: theme.reference, width: 2.5, dash: [3, 3] };
      segment(context, style, [trueX, bottom(area)], [trueX, trueY]);
      text(context, data.truthLabel, [labelX, bottom(area) - 9], {
        color: theme.reference,
        font: labelFont(theme),
        align: side < 0 ? "right" : "left",
      });
    }
    drawCurve(context, data.y, data.g, x, y, curveStroke(theme));
    if (Number.isFinite(foundAt[0]) && Number.isFinite(foundAt[1])) {
      segment(context, { color: theme.ink, width: 1.75 }, ...tangent);
    }
  });
  if (Number.isFinite(foundAt[0]) && Number.isFinite(foundAt[1])) {
    foundMarker(context, foundAt, theme, highlighted);
  }
}
