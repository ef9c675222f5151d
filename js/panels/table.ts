import {
  formatError,
  formatExponential,
  formatNumber,
  formatTime,
  splitDigits,
} from "../draw/format.ts";
import type { Column, Frame, Row } from "../state/frame.ts";
import { ROW_COLUMNS } from "../state/protocol.ts";
import { toneOf, verdictText } from "../state/verdict.ts";
import { FOCUSABLE, h } from "./dom.ts";
import { toneIcon } from "./headline.ts";
import type { Panel } from "./view.ts";

const DIGITS = 7;
const FINITE_DIFFERENCE = "finite difference";

/** What each column's value looks like. */
const FORMATS: Record<Column, (value: number) => string> = {
  value: (value) => formatNumber(value, DIGITS),
  gradient: (value) => formatNumber(value, DIGITS),
  "relative error": formatError,
  "inner residual": formatError,
  time: formatTime,
};

const absent = (title: string) => h("span", "absent", { title }, "—");

function cell(row: Row, column: Column, frame: Frame): Node {
  if (row.reference && column === "relative error") return h("span", "muted", {}, "reference");
  const value = row.cells[column];
  if (column === "time" && Number.isNaN(value)) return absent("not measured yet");
  if (row.absent.includes(column)) return absent("does not apply");
  const text = FORMATS[column](value);
  if (column !== "gradient") return document.createTextNode(text);
  return gradientCell(row, text, frame);
}

/** The digits beyond the error are set apart; a finite difference has an error of its own. */
function gradientCell(row: Row, text: string, frame: Frame): Node {
  if (row.name === FINITE_DIFFERENCE && frame.point.fd_error > 0) {
    const error = formatExponential(frame.point.fd_error, 1);
    return h("span", "", {}, text, h("span", "muted", {}, ` ± ${error}`));
  }
  const [good, doubtful] = splitDigits(text, row.reference ? 0 : row.cells["relative error"]);
  const tone = row.verdict === null ? "right" : toneOf(row.verdict);
  return h("span", "", {}, good, h("span", `digits-${tone}`, {}, doubtful));
}

/** Whether a row has nothing to show but a message. */
const failed = (row: Row) => row.message !== null && row.absent.length === ROW_COLUMNS.length;

function verdictCell(row: Row): Node {
  if (row.verdict === null) return h("span", "muted", {}, failed(row) ? "JAX cannot" : "");
  const tone = toneOf(row.verdict);
  return h("span", `chip ${tone}`, {}, toneIcon(tone), verdictText(row.verdict));
}

/** Explicit roles: narrow pages lay rows out as blocks, and a table it still is. */
function tableRow(row: Row, frame: Frame): HTMLTableRowElement {
  const header = h("th", "", { scope: "row", role: "rowheader" }, row.name);
  const verdict = h("td", "verdict", { role: "cell", "data-column": "verdict" }, verdictCell(row));
  if (failed(row)) {
    const summary = h("summary", "", { ...FOCUSABLE }, row.message ?? "");
    const message = h(
      "td",
      "message",
      { role: "cell", colspan: ROW_COLUMNS.length },
      h("details", "", {}, summary),
    );
    return h("tr", "", { role: "row" }, header, message, verdict);
  }
  const cells = ROW_COLUMNS.map((column) =>
    h("td", "", { role: "cell", "data-column": column }, cell(row, column, frame)),
  );
  return h("tr", "", { role: "row", title: row.message }, header, ...cells, verdict);
}

/** All gradients side by side. */
export function createTable(): Panel {
  const heads = [...ROW_COLUMNS, "verdict"].map((name) =>
    h("th", "", { scope: "col", role: "columnheader" }, name),
  );
  const corner = h("td", "title", { role: "cell" }, "Gradients");
  const body = h("tbody", "", { role: "rowgroup" });
  const table = h(
    "table",
    "table",
    { "aria-label": "Gradients", role: "table" },
    h("thead", "", { role: "rowgroup" }, h("tr", "", { role: "row" }, corner, ...heads)),
    body,
  );
  // A row that says the same as before stays: what is selected, focused or open in it, too.
  let rows = new Map<string, HTMLTableRowElement>();
  return {
    element: h("div", "table-frame", {}, table),
    update({ frame }, changed) {
      if (!changed.has("frame") || !frame) return;
      const next = new Map<string, HTMLTableRowElement>();
      for (const row of frame.rows) {
        const fresh = tableRow(row, frame);
        const key = row.name + fresh.textContent + row.message;
        next.set(key, rows.get(key) ?? fresh);
      }
      const [before, after] = [[...rows.values()], [...next.values()]];
      rows = next;
      if (before.length !== after.length) body.replaceChildren(...after);
      else {
        after.forEach((row, i) => {
          if (row !== before[i]) body.children[i]?.replaceWith(row);
        });
      }
    },
  };
}
