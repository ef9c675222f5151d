import { formatCount, formatNumber, formatPercent, typeset } from "../draw/format.ts";
import type { Path, Summary } from "../state/frame.ts";
import type { State } from "../state/state.ts";
import { h } from "./dom.ts";
import { type Panel, touches } from "./view.ts";

const short = (value: number) => (Number.isNaN(value) ? "—" : typeset(formatNumber(value, 3)));

/** What the two samplers are compared by. */
const COLUMNS: readonly [string, (summary: Summary, path: Path | null) => string][] = [
  ["acceptance", (summary) => formatPercent(summary.acceptance_rate)],
  ["sd", (summary) => short(summary.sd)],
  ["ESS", (summary) => (Number.isNaN(summary.ess) ? "—" : formatCount(summary.ess))],
  ["energy error of this step", (_, path) => short(-(path?.scalars.delta_energy ?? Number.NaN))],
];

function rowsOf({ chain, transition, values }: State): [string, string[]][] {
  const { summary, rightSummary } = chain;
  if (!summary || !rightSummary) return [];
  const cells = (of: Summary, path: Path | null) => COLUMNS.map(([, cell]) => cell(of, path));
  return [
    ["right gradient", cells(rightSummary, transition?.right ?? null)],
    [`gradient × ${typeset(String(values.gradient_scale))}`, cells(summary, transition)],
    ["exact", ["", short(summary.exact_sd), "", ""]],
  ];
}

/** The sampler with a wrong gradient against the one with the right gradient. */
export function createCompare(): Panel {
  // Explicit roles: narrow pages lay rows out as blocks, and a table it still is.
  const body = h("tbody", "", { role: "rowgroup" });
  const table = h(
    "table",
    "table gw-compare-table",
    { "aria-label": "Right against scaled", role: "table" },
    h(
      "thead",
      "",
      { role: "rowgroup" },
      h(
        "tr",
        "",
        {},
        h("td"),
        ...COLUMNS.map(([name]) => h("th", "", { scope: "col", role: "columnheader" }, name)),
      ),
    ),
    body,
  );
  const lesson = h(
    "p",
    "lesson",
    {},
    "The histogram cannot show it: accept or reject repairs whatever the gradient does, and both " +
      "chains follow the same density. Only the acceptance, the energy and the effective sample " +
      "size tell. So check your gradients.",
  );
  const element = h("div", "compare", {}, table, lesson);
  return {
    element,
    inTurns: true,
    update(state, changed) {
      if (!touches(changed, "drawsNumber", "transition", "values")) return;
      const rows = rowsOf(state);
      element.hidden = rows.length === 0;
      body.replaceChildren(
        ...rows.map(([name, cells]) =>
          h(
            "tr",
            "",
            { role: "row" },
            h("th", "", { scope: "row", role: "rowheader" }, name),
            ...cells.map((text, i) =>
              h("td", "", { role: "cell", "data-column": text && COLUMNS[i]?.[0] }, text),
            ),
          ),
        ),
      );
    },
  };
}
