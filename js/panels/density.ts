import { type DensityData, densityScales, drawDensity } from "../draw/density.ts";
import { formatCount, formatNumber } from "../draw/format.ts";
import { Histogram } from "../draw/histogram.ts";
import type { Interval } from "../draw/scales.ts";
import type { Chain } from "../state/chain.ts";
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
  #counted = 0;
  #revision = -1;

  update(chain: Chain, range: Interval): void {
    const [low, high] = this.all.range;
    const moved = range[0] !== low || range[1] !== high;
    if (moved || chain.revision !== this.#revision) {
      this.all = new Histogram(range, BINS);
      this.chains = chain.series.map(() => new Histogram(range, BINS));
      this.#counted = 0;
      this.#revision = chain.revision;
    }
    chain.series.forEach(({ values }, i) => {
      this.all.add(values, this.#counted, chain.count);
      this.chains[i]?.add(values, this.#counted, chain.count);
    });
    this.#counted = chain.count;
  }
}

/** Draws against the exact density. */
export function createDensityPanel(view: View): Panel {
  const plot = createPlot("density", "Draws", "over the exact density");
  const counts = new Counts();
  return {
    element: plot.element,
    update(state, changed) {
      if (!touches(changed, "frame", "drawsNumber", "theme", "layout")) return;
      const density = state.frame?.density;
      const context = plot.context();
      if (!density || !context) return;
      const range = support(density);
      counts.update(state.chain, range);
      const several = counts.chains.length > 1 && counts.chains.length <= MAX_OUTLINES;
      const data: DensityData = {
        x: density.x,
        density: density.density,
        support: range,
        all: counts.all,
        chains: several ? counts.chains : [],
      };
      drawDensity(context, densityScales(plot.size(), data), data, view.theme());
      const mean = Math.abs(density.mean) < 1e-9 * density.sd ? 0 : density.mean;
      const exact = `mean ${formatNumber(mean, 3)}, sd ${formatNumber(density.sd, 3)}`;
      plot.describe(
        counts.all.total
          ? `Histogram of ${formatCount(counts.all.total)} draws over the exact density (${exact}).`
          : `The exact density (${exact}); no draws yet.`,
      );
    },
  };
}
