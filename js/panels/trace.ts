import { formatCount } from "../draw/format.ts";
import { drawTrace, type TraceData, traceScales } from "../draw/trace.ts";
import { createPlot } from "./plot.ts";
import { support } from "./support.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Draws in their order. */
export function createTracePanel(view: View): Panel {
  const plot = createPlot("trace", "Trace", "draws in their order");
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "drawsNumber", "theme", "layout")) return;
      const { chain, frame } = state;
      const context = plot.context();
      if (!frame?.density || !context) return;
      const { series, count, offset, marks } = chain;
      const data: TraceData = {
        chains: series,
        count,
        offset,
        marks: marks.map(({ draw }) => draw),
        support: support(frame.density),
      };
      drawTrace(context, traceScales(plot.size(), data), data, view.theme());
      const last = marks.at(-1);
      plot.setNote(last ? `dotted: settings changed (${last.text})` : "draws in their order");
      const divergent = series.reduce((sum, each) => sum + each.divergent.length, 0);
      plot.describe(
        `Trace of ${formatCount(count)} draws of ${series.length || 1} ` +
          `chain${series.length > 1 ? "s" : ""}; ${divergent || "no"} divergences` +
          (marks.length
            ? `; settings changed at ${marks.map(({ draw }) => draw).join(", ")}.`
            : "."),
      );
    },
  };
}
