import { bands, runs } from "../draw/bands.ts";
import { formatPercent } from "../draw/format.ts";
import type { Stretch } from "../draw/ribbon.ts";
import type { Scale } from "../draw/scales.ts";
import { STATUSES } from "../state/protocol.ts";
import { type StatusName, statusCounts, statusText } from "../state/solver.ts";
import { h, icon } from "./dom.ts";

/** Narrower than this, in pixels, a status could be overlooked. */
const MINIMUM = 3;

/** Each status has a pattern of its own; the usual one is plain. */
const PATTERNS: Record<StatusName, string> = {
  converged: "",
  undefined: "M2 2L14 14M14 2L2 14",
  max_iterations: "M0 8H16",
  line_search_failed: "M0 16L16 0M-4 4L4 -4M12 20L20 12",
  zoom_failed: "M4 0V16M12 0V16",
  saddle: "M0 4L8 12L16 4",
  line_search_max_iterations: "M0 0L16 16M-4 12L4 20M12 -4L20 4",
  overflow: "M8 15V2M3 7L8 2L13 7",
  underflow: "M8 1V14M3 9L8 14L13 9",
  unbounded: "M0 0L16 16M0 16L16 0",
  kink: "M0 14L8 3L16 14",
  outside_domain: "M3 3H13V13H3Z",
  not_finite: "M8 2V9M8 12V14",
  not_converged: "M0 4H16M0 12H16",
  not_convex: "M0 12C5 0 11 0 16 12",
  at_infinity: "M3 8H14M10 3L15 8L10 13",
};

/** Where which status is; the rare ones come last, so that they are drawn over the others. */
export function stretches(xs: ArrayLike<number>, codes: ArrayLike<number>, x: Scale): Stretch[] {
  return statusCounts(codes).map(([name]) => ({
    pattern: PATTERNS[name],
    intervals: bands(
      xs,
      runs(codes, (code) => code === STATUSES[name]),
      x,
      MINIMUM,
    ),
  }));
}

/** What the patterns mean: those that occur. */
export function legend(codes: ArrayLike<number>): HTMLElement[] {
  return statusCounts(codes).map(([name, count]) =>
    h(
      "span",
      "key",
      { title: `on ${formatPercent(count / codes.length)} of the points` },
      icon(`swatch ${PATTERNS[name] ? "" : "gw-plain"}`, PATTERNS[name]),
      statusText(name),
    ),
  );
}

/** The ribbon in words. */
export function describeStatus(codes: ArrayLike<number>): string {
  const parts = statusCounts(codes).map(
    ([name, count]) => `${statusText(name)} on ${formatPercent(count / codes.length)}`,
  );
  return parts.length ? ` The solver: ${parts.join(", ")} of the points.` : "";
}
