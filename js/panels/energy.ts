import { drawEnergy, type EnergyData, energyScales } from "../draw/energy.ts";
import { formatNumber, typeset } from "../draw/format.ts";
import type { Scale } from "../draw/scales.ts";
import type { Transition } from "../state/frame.ts";
import type { State } from "../state/state.ts";
import { h, setText } from "./dom.ts";
import { createPlot, pointIn } from "./plot.ts";
import { aboveStart, between, stages } from "./stages.ts";
import { type Panel, touches, type View } from "./view.ts";

const NOTE = "above that of the start";

/** The energy along the path: the error grows and shrinks, and the orbit closes. */
export function createEnergyPanel(view: View): Panel {
  const { signal } = view;
  const plot = createPlot("energy", "Energy", NOTE);
  const reason = h("span", "invite", { "aria-hidden": "true" });
  plot.overlay.append(reason);
  const stage = plot.overlay.parentElement as HTMLElement;
  let scale: Scale | null = null;
  let start = 0;
  let readout: number | null = null;
  const point = (pixel: number | null) => {
    const found = pixel === null || !scale ? null : Math.round(scale.invert(pixel)) + start;
    if (found === readout) return;
    readout = found;
    draw(view.store.state);
  };
  stage.addEventListener("pointermove", (event) => point(pointIn(stage, event)[0]), { signal });
  stage.addEventListener("pointerleave", () => point(null), { signal });

  const draw = ({ transition, values, stage: moment }: State) => {
    const context = plot.context();
    const above = transition && aboveStart(transition);
    reason.hidden = above !== null;
    setText(
      reason,
      transition || values.algorithm === "mala"
        ? "MALA has no momentum, so no energy to keep"
        : "Each step's energy will be drawn here",
    );
    if (!context) return;
    if (!transition || !above) {
      scale = null;
      plot.setNote(NOTE);
      plot.describe("The energy along the path; there is no path with an energy yet.");
      return;
    }
    const now = moment === null ? null : between(stages(transition), moment).now;
    const { tree } = transition;
    const at = readout !== null && readout >= 0 && readout < above.length ? readout : null;
    const data: EnergyData = {
      above,
      right: transition.right && aboveStart(transition.right),
      tree: tree && {
        ...tree,
        isLastDiscarded: tree.is_last_discarded,
        count: now ? now.made : tree.directions.length,
      },
      steps: now && !tree ? now.steps : null,
      readout: at,
    };
    const scales = energyScales(plot.size(), data);
    scale = scales.x;
    start = scales.start;
    drawEnergy(context, scales, data, view.theme());
    plot.setNote(at === null ? NOTE : `step ${at - start}: ${told(above[at] as number)}`);
    plot.describe(describe(transition, data));
  };

  return {
    element: plot.element,
    inTurns: true,
    update(state, changed) {
      if (touches(changed, "transition", "stage", "theme", "layout")) draw(state);
    },
  };
}

const told = (value: number) => typeset(`${value > 0 ? "+" : ""}${formatNumber(value, 3)}`);

function describe({ tree }: Transition, { above, right }: EnergyData): string {
  const largest = above.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
  const path =
    `Energy above that of the start, along ${above.length - 1} leapfrog steps: ` +
    `${told(above.at(-1) as number)} at the end, ${told(largest)} at most.`;
  if (tree) return `${path} Above it the doublings, each with its points and its direction.`;
  return right ? `${path} With the right gradient ${told(right.at(-1) as number)}.` : path;
}
