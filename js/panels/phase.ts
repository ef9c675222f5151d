import { formatNumber } from "../draw/format.ts";
import { drawPhase, type PhaseData, phaseScales } from "../draw/phase.ts";
import type { State } from "../state/state.ts";
import { h } from "./dom.ts";
import { createPlot } from "./plot.ts";
import { support } from "./support.ts";
import { type Panel, touches, type View } from "./view.ts";

function outcomeOf({ transition }: State): PhaseData["outcome"] {
  if (transition?.is_divergent) return "divergent";
  return transition?.is_accepted ? "accepted" : "rejected";
}

/** A mass matrix that is not a number has no place in a plane; its first entry is shown. */
function firstNumber(value: unknown): number {
  const found = Array.isArray(value) ? Number(value.flat()[0]) : Number(value);
  return found > 0 ? found : 1;
}

/** Phase space: one transition over the levels of its energy. */
export function createPhasePanel(view: View): Panel {
  const plot = createPlot("phase", "Phase space", "leapfrog path over energy levels");
  const invitation = h("span", "invite", { "aria-hidden": "true" });
  invitation.textContent = "Press Step: HMC draws a momentum";
  plot.overlay.append(invitation);
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "transition", "values", "theme", "layout")) return;
      const { transition, frame } = state;
      invitation.hidden = transition !== null;
      const context = plot.context();
      if (!frame?.density || !context) return;
      const told = transition?.scalars.inverse_mass ?? Number.NaN;
      const data: PhaseData = {
        x: frame.density.x,
        logdensity: frame.density.logdensity,
        support: support(frame.density),
        inverseMass: told > 0 ? told : firstNumber(state.values.inverse_mass_matrix),
        start: Number(state.values.initial_position),
        path: transition,
        outcome: outcomeOf(state),
        whatIf: transition?.what_if ?? false,
      };
      drawPhase(context, phaseScales(plot.size(), data), data, view.theme());
      plot.describe(describe(data));
    },
  };
}

function describe(data: PhaseData): string {
  const levels = "Phase space: lines of equal energy over position and momentum.";
  if (!data.path) return `${levels} The chain starts at position ${formatNumber(data.start)}.`;
  const { position, momentum } = data.path;
  const point = (i: number) =>
    `(${formatNumber(position.at(i) ?? Number.NaN, 3)}, ${formatNumber(momentum.at(i) ?? Number.NaN, 3)})`;
  return (
    `${levels} ${data.whatIf ? "What if: a" : "A"} leapfrog path of ${position.length - 1} steps ` +
    `from ${point(0)} to ${point(-1)}, ${data.outcome}.`
  );
}
