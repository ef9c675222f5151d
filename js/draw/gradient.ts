import { drawAxes, plotArea } from "./axes.ts";
import { drawVerdicts } from "./bands.ts";
import { bottom, clipped, dot, foundMarker, type Size, segment } from "./canvas.ts";
import { curveStroke, drawCurve, referenceStroke } from "./curve.ts";
import { along, outline } from "./place.ts";
import { extent, linear, pad } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The gradient along x, and its height at the current one. */
export interface GradientData {
  x: Float64Array;
  gradient: Float64Array;
  reference: Float64Array;
  verdict: Float64Array;
  kinds: { wrong: (code: number) => boolean; unclear: (code: number) => boolean };
  at: number;
  height: number;
  trueHeight: number;
  variable: string;
}

export function gradientScales(size: Size, data: GradientData) {
  const area = plotArea(size);
  const x = linear(extent(data.x, [data.at]) ?? [-1, 1], [area.left, area.left + area.width]);
  const finite = extent(data.gradient, data.reference, [data.height]);
  const y = linear(pad(finite, 0.06), [bottom(area), area.top]);
  const foundAt = [x(data.at), y(data.height)] as const;
  const zero = Math.max(area.top, Math.min(bottom(area), y(0)));
  const obstacles = [
    ...outline(data.x, data.gradient, x, y),
    ...along(foundAt, [foundAt[0], zero], 10),
  ];
  return { area, x, y, foundAt, zero, obstacles };
}

export function drawGradient(
  context: CanvasRenderingContext2D,
  { area, x, y, foundAt, zero }: ReturnType<typeof gradientScales>,
  data: GradientData,
  theme: Theme,
  highlighted: boolean,
): void {
  drawAxes(context, area, [x, { name: data.variable }], [y, {}], theme);
  const [px, py] = foundAt;
  clipped(context, area, () => {
    drawVerdicts(context, data.x, data.verdict, x, area, data.kinds, theme);
    drawCurve(context, data.x, data.reference, x, y, referenceStroke(theme));
    drawCurve(context, data.x, data.gradient, x, y, curveStroke(theme));
    if (Number.isFinite(py)) {
      segment(context, { color: theme.ink, width: 1.75 }, [px, zero], [px, py]);
      segment(context, { color: theme.ink, width: 1.75 }, [px - 6, zero], [px + 6, zero]);
    }
    const trueY = y(data.trueHeight);
    if (Number.isFinite(trueY) && Math.abs(trueY - py) > 1.5) {
      dot(context, [px, trueY], 4.5, theme.reference);
    }
  });
  if (Number.isFinite(py)) foundMarker(context, foundAt, theme, highlighted);
}
