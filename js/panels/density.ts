import { type DensityData, densityScales, drawDensity } from "../draw/density.ts";
import { formatCount, formatNumber } from "../draw/format.ts";
import { Histogram } from "../draw/histogram.ts";
import type { Interval } from "../draw/scales.ts";
import type { Chain } from "../state/chain.ts";
import { shownMarginal } from "../state/plane.ts";
import { pickPosition } from "./pick.ts";
import { createPlot } from "./plot.ts";
import { support } from "./support.ts";
import { type Panel, touches, type View } from "./view.ts";

const BINS = 44;
/** More outlines than this hide each other. */
const MAX_OUTLINES = 4;

/** Histograms that count only the draws that are new. */
class Counts {
  all = new Histogram([0, 1], BINS);
  chains: Histogram[] = [];
  right = new Histogram([0, 1], BINS);
  #counted = 0;
  #revision = -1;

  update(chain: Chain, range: Interval): void {
    const [low, high] = this.all.range;
    const moved = range[0] !== low || range[1] !== high;
    if (moved || chain.revision !== this.#revision) {
      this.all = new Histogram(range, BINS);
      this.right = new Histogram(range, BINS);
      this.chains = chain.series.map(() => new Histogram(range, BINS));
      this.#counted = 0;
      this.#revision = chain.revision;
    }
    chain.series.forEach(({ values }, i) => {
      this.all.add(values, this.#counted, chain.count);
      this.chains[i]?.add(values, this.#counted, chain.count);
    });
    for (const { values } of chain.right) this.right.add(values, this.#counted, chain.count);
    this.#counted = chain.count;
  }
}

/** Draws against the exact density. */
export function createDensityPanel(view: View): Panel {
  const plot = createPlot("density", "Draws", "over the exact density");
  const counts = new Counts();
  const picking = pickPosition(view, plot);
  return {
    element: plot.element,
    update(state, changed) {
      const keys = ["frame", "drawsNumber", "isPicking", "values", "plane"] as const;
      if (!touches(changed, ...keys, "theme", "layout")) return;
      const slice = state.frame?.density;
      const context = plot.context();
      if (!slice || !context) return;
      const marginal = shownMarginal(state);
      const density = marginal ?? slice;
      const ends = [density.x[0] ?? 0, density.x.at(-1) ?? 1] as const;
      const range = marginal ? ends : support(slice);
      counts.update(state.chain, range);
      const several = counts.chains.length > 1 && counts.chains.length <= MAX_OUTLINES;
      const data: DensityData = {
        x: density.x,
        density: density.density,
        support: range,
        all: counts.all,
        right: counts.right.total ? counts.right : null,
        chains: several ? counts.chains : [],
      };
      const scales = densityScales(plot.size(), data);
      picking.update(state, scales.x);
      drawDensity(context, scales, data, view.theme());
      const isSlice = state.spec.point !== null && !marginal;
      const over = isSlice
        ? "a slice of the density through the start"
        : `the exact ${marginal ? "marginal" : "density"}`;
      plot.setNote(data.right ? "dashed: with the right gradient" : `over ${over}`);
      const mean = Math.abs(density.mean) < 1e-7 * density.sd ? 0 : density.mean;
      const exact = `mean ${formatNumber(mean, 3)}, sd ${formatNumber(density.sd, 3)}`;
      const told = isSlice ? over : `${over} (${exact})`;
      plot.describe(
        counts.all.total
          ? `Histogram of ${formatCount(counts.all.total)} draws over ${told}.`
          : `No draws yet over ${told}.`,
      );
    },
  };
}
