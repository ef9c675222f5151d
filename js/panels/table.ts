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
import { h } from "./dom.ts";
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
  if (row.absent.includes(column)) return absent("does not apply");
  const value = row.cells[column];
  if (column === "time" && Number.isNaN(value)) return absent("not measured yet");
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

function verdictCell(row: Row): Node {
  if (row.verdict === null) return h("span", "muted", {}, row.message ? "JAX cannot" : "");
  const tone = toneOf(row.verdict);
  return h("span", `chip ${tone}`, {}, toneIcon(tone), verdictText(row.verdict));
}

function tableRow(row: Row, frame: Frame): HTMLTableRowElement {
  const header = h("th", "", { scope: "row" }, row.name);
  const verdict = h("td", "verdict", {}, verdictCell(row));
  if (row.message && row.absent.length === ROW_COLUMNS.length) {
    const message = h("td", "message", { colspan: ROW_COLUMNS.length, title: row.message });
    message.append(h("span", "", {}, row.message));
    return h("tr", "", {}, header, message, verdict);
  }
  const cells = ROW_COLUMNS.map((column) =>
    h("td", "", { "data-column": column }, cell(row, column, frame)),
  );
  return h("tr", "", row.message ? { title: row.message } : {}, header, ...cells, verdict);
}

/** All gradients side by side. */
export function createTable(): Panel {
  const heads = [...ROW_COLUMNS, "verdict"].map((name) => h("th", "", { scope: "col" }, name));
  const body = h("tbody");
  const table = h(
    "table",
    "table",
    { "aria-label": "Gradients" },
    h("thead", "", {}, h("tr", "", {}, h("td", "title", {}, "Gradients"), ...heads)),
    body,
  );
  return {
    element: h("div", "table-frame", {}, table),
    update({ frame }, changed) {
      if (!changed.has("frame") || !frame) return;
      body.replaceChildren(...frame.rows.map((row) => tableRow(row, frame)));
    },
  };
}
