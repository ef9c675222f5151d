import { drawAxes, plotArea } from "./axes.ts";
import { bottom, clipped, foundMarker, type Size, segment } from "./canvas.ts";
import { curveStroke, drawCurve, referenceStroke } from "./curve.ts";
import { along, outline } from "./place.ts";
import { extent, linear, pad } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The value along x, and its tangent at the current one. */
export interface ValueData {
  x: Float64Array;
  value: Float64Array;
  reference: Float64Array;
  at: number;
  valueAt: number;
  /** The gradient in question: the tangent's slope. */
  slope: number;
  /** The reference's gradient, NaN when there is none. */
  trueSlope: number;
  variable: string;
}

export function valueScales(size: Size, data: ValueData) {
  const area = plotArea(size);
  const x = linear(extent(data.x, [data.at]) ?? [-1, 1], [area.left, area.left + area.width]);
  const y = linear(pad(extent(data.value, [data.valueAt]), 0.14, 0.06), [bottom(area), area.top]);
  const reach = (x.domain[1] - x.domain[0]) * 0.34;
  const tangent = (slope: number) => {
    const end = (dx: number) => [x(data.at + dx), y(data.valueAt + slope * dx)] as const;
    return [end(-reach), end(reach)] as const;
  };
  const obstacles = [...outline(data.x, data.value, x, y), ...along(...tangent(data.slope))];
  return { area, x, y, foundAt: [x(data.at), y(data.valueAt)] as const, tangent, obstacles };
}

export function drawValue(
  context: CanvasRenderingContext2D,
  { area, x, y, foundAt, tangent }: ReturnType<typeof valueScales>,
  data: ValueData,
  theme: Theme,
  highlighted: boolean,
): void {
  drawAxes(context, area, [x, { name: data.variable }], [y, {}], theme);
  const drawTangent = (slope: number, color: string, width: number) => {
    if (!Number.isFinite(slope) || !Number.isFinite(data.valueAt)) return;
    segment(context, { color, width }, ...tangent(slope));
  };
  clipped(context, area, () => {
    drawCurve(context, data.x, data.reference, x, y, referenceStroke(theme));
    drawCurve(context, data.x, data.value, x, y, curveStroke(theme));
    drawTangent(data.trueSlope, theme.referenceWide, 4);
    drawTangent(data.slope, theme.ink, 1.75);
  });
  if (Number.isFinite(foundAt[1])) foundMarker(context, foundAt, theme, highlighted);
}
