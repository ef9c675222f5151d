import { runs } from "../draw/bands.ts";
import { interpolate } from "../draw/curve.ts";
import { formatNumber } from "../draw/format.ts";
import { drawGradient, type GradientData, gradientScales } from "../draw/gradient.ts";
import { nameOfGradient, shown } from "../state/shown.ts";
import { kinds } from "../state/verdict.ts";
import { createFoundLabel } from "./found.ts";
import { createHandle } from "./handle.ts";
import { createPlot } from "./plot.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The gradient: y* is its height. */
export function createGradientPanel(view: View): Panel {
  const { spec } = view.store.state;
  const f = `${spec.function}′(${spec.x.label})`;
  const name = nameOfGradient(spec);
  const note = spec.gradient_is_argmin ? "its height is y*" : "the slope of the value";
  const plot = createPlot("gradient", `Gradient ${f}`, note);
  const label = createFoundLabel(view, plot, `height ${name}`);
  const handle = createHandle(view, plot, "handle on the gradient curve", false);
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "values", "highlighted", "theme", "layout")) return;
      const point = shown(state, interpolate);
      const curve = state.frame?.curve;
      const context = plot.context();
      if (!point || !curve || !context) return;
      const data: GradientData = {
        x: curve.x,
        gradient: curve.gradient,
        reference: curve.reference_gradient,
        verdict: curve.verdict,
        kinds,
        at: point.x,
        height: point.gradient,
        trueHeight: point.trueGradient,
        variable: spec.x.label,
      };
      const scales = gradientScales(plot.size(), data);
      const { highlighted } = state;
      drawGradient(context, scales, data, view.theme(), highlighted);
      handle.update(state, scales.foundAt, scales.x, point.predicted);
      const corners = ["below-right", "above-left", "above-right"] as const;
      label.update(point.gradient, scales, corners, {
        highlighted,
        predicted: point.predicted,
      });
      const wrong = runs(curve.verdict, kinds.wrong).length;
      plot.describe(
        `Gradient ${f} over ${spec.x.label}: at ${spec.x.label} = ${formatNumber(point.x)} its ` +
          `height is ${name} = ${formatNumber(point.gradient)}. ` +
          (wrong ? `Shaded: ${wrong} places where it is wrong.` : "It is right everywhere here."),
      );
    },
  };
}
