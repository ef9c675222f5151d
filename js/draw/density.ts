import { drawAxes, plotArea } from "./axes.ts";
import { bottom, clipped, right, type Size, type Stroke, stroke } from "./canvas.ts";
import { drawCurve, referenceStroke } from "./curve.ts";
import type { Histogram } from "./histogram.ts";
import { extent, type Interval, linear } from "./scales.ts";
import { chainStyle, type Theme } from "./theme.ts";

/** Draws against the exact density. */
export interface DensityData {
  x: Float64Array;
  density: Float64Array;
  support: Interval;
  all: Histogram;
  /** The draws with the right gradient, where the gradient is scaled. */
  right: Histogram | null;
  /** One histogram for each chain where there are several. */
  chains: readonly Histogram[];
}

export function densityScales(size: Size, data: DensityData) {
  const area = plotArea(size);
  const x = linear(data.support, [area.left, right(area)]);
  const exact = extent(data.density)?.[1] ?? 1;
  let top = exact * 1.25;
  if (data.all.total > 30) {
    for (let bin = 0; bin < data.all.bins; bin++) top = Math.max(top, data.all.density(bin) * 1.06);
  }
  // A few draws make towers: they are cut off rather than flatten the density.
  const y = linear([0, Math.min(top, 3 * exact)], [bottom(area), area.top]);
  return { area, x, y };
}

export function drawDensity(
  context: CanvasRenderingContext2D,
  { area, x, y }: ReturnType<typeof densityScales>,
  data: DensityData,
  theme: Theme,
): void {
  drawAxes(context, area, [x, { name: "position" }], [y, { name: "density" }], theme);
  clipped(context, area, () => {
    const { all } = data;
    const edge = (bin: number) => x(all.range[0] + bin * all.width);
    context.save();
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.4;
    for (let bin = 0; bin < all.bins; bin++) {
      const height = bottom(area) - y(all.density(bin));
      if (height > 0) {
        const width = Math.max(1, edge(bin + 1) - edge(bin) - 1);
        context.fillRect(edge(bin), bottom(area) - height, width, height);
      }
    }
    context.restore();
    const outline = (histogram: Histogram, style: Stroke) =>
      stroke(context, style, (path) => {
        for (let bin = 0; bin < histogram.bins; bin++) {
          const height = y(histogram.density(bin));
          path.lineTo(edge(bin), height);
          path.lineTo(edge(bin + 1), height);
        }
      });
    data.chains.forEach((histogram, chain) => {
      const { color, dash } = chainStyle(theme, chain);
      outline(histogram, { color, dash, width: 1.25 });
    });
    drawCurve(context, data.x, data.density, x, y, { ...referenceStroke(theme), width: 5 });
    if (data.right) outline(data.right, { color: theme.reference, width: 1.75, dash: [4, 2] });
  });
}
