import { interpolate } from "../draw/curve.ts";
import { formatNumber, typeset } from "../draw/format.ts";
import { drawInner, type InnerData, innerScales } from "../draw/inner.ts";
import { shown } from "../state/shown.ts";
import { createFoundLabel } from "./found.ts";
import { createPlot } from "./plot.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The inner problem: y* is where it is flat. */
export function createInnerPanel(view: View): Panel {
  const plot = createPlot("inner", "Inner problem", "");
  const label = createFoundLabel(view, plot, "y* found");
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "values", "highlighted", "theme", "layout")) return;
      const point = shown(state, interpolate);
      plot.element.hidden = point !== null && point.inner === null;
      plot.setNote(`${state.spec.formula} is least at y*`);
      const context = plot.context();
      if (!point?.inner || !context) return;
      const number = (value: number) => typeset(formatNumber(value, 4));
      const data: InnerData = {
        ...point.inner,
        found: point.argmin,
        truth: state.spec.gradient_is_argmin ? point.trueGradient : Number.NaN,
        truthLabel: `true ${number(point.trueGradient)}`,
        variable: "y",
      };
      const scales = innerScales(plot.size(), data);
      drawInner(context, scales, data, view.theme(), state.highlighted);
      label.update(point.argmin, scales, ["above"], {
        highlighted: state.highlighted,
        predicted: point.predicted,
      });
      plot.describe(
        `Inner problem, ${state.spec.formula}, at ${state.spec.x.label} = ${number(point.x)}: flat at the minimum ` +
          `that the solver found, y* = ${number(point.argmin)}` +
          (Number.isFinite(data.truth) ? `; the true minimum is at ${number(data.truth)}.` : "."),
      );
    },
  };
}
