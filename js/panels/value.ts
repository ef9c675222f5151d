import { interpolate } from "../draw/curve.ts";
import { formatNumber } from "../draw/format.ts";
import { drawValue, type ValueData, valueScales } from "../draw/value.ts";
import { nameOfGradient, shown } from "../state/shown.ts";
import { createFoundLabel } from "./found.ts";
import { createHandle } from "./handle.ts";
import { createPlot } from "./plot.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The value: y* is its slope. */
export function createValuePanel(view: View): Panel {
  const { spec } = view.store.state;
  const f = `${spec.function}(${spec.x.label})`;
  const name = nameOfGradient(spec);
  const plot = createPlot("value", `Value ${f}`, `its slope is ${name}`);
  const label = createFoundLabel(view, plot, `slope ${name}`);
  const handle = createHandle(view, plot, "handle on the value curve", true);
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "values", "highlighted", "theme", "layout")) return;
      const point = shown(state, interpolate);
      const curve = state.frame?.curve;
      const context = plot.context();
      if (!point || !curve || !context) return;
      const data: ValueData = {
        x: curve.x,
        value: curve.value,
        reference: curve.reference_value,
        at: point.x,
        valueAt: point.value,
        slope: point.gradient,
        trueSlope: point.trueGradient,
        variable: spec.x.label,
      };
      const scales = valueScales(plot.size(), data);
      const { highlighted } = state;
      drawValue(context, scales, data, view.theme(), highlighted);
      handle.update(state, scales.foundAt, scales.x, point.predicted);
      const corners =
        point.gradient >= 0
          ? (["below-right", "above-left", "below-left"] as const)
          : (["below-left", "above-right", "below-right"] as const);
      label.update(point.gradient, scales, corners, {
        highlighted,
        predicted: point.predicted,
      });
      plot.describe(
        `Value ${f} over ${spec.x.label}: at ${spec.x.label} = ${formatNumber(point.x)} it is ` +
          `${formatNumber(point.value)} and its tangent has the slope ${name} = ` +
          `${formatNumber(point.gradient)}.`,
      );
    },
  };
}
