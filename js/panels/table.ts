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
import { FOCUSABLE, h, setText } from "./dom.ts";
import { toneIcon } from "./headline.ts";
import type { Panel, View } from "./view.ts";

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

/** Whether the message is that of an exception. */
const isError = (row: Row) => /^\w+(Error|Exception)\b/.test(row.message ?? "");

function verdictCell(row: Row): Node {
  if (row.verdict === null)
    return h("span", "muted", {}, failed(row) && isError(row) ? "JAX cannot" : "");
  const tone = toneOf(row.verdict);
  return h("span", `chip ${tone}`, {}, toneIcon(tone), verdictText(row.verdict));
}

/** Longer messages begin as one line, in the place of numbers or under the whole row. */
const LONG = 80;
const LONG_BELOW = 160;

/** A message in full, or its beginning with a button for the rest. */
function message(text: string, className: string, long: number): HTMLElement {
  const words = h("span", className, {}, text);
  if (text.length <= long) return h("div", "message-line", {}, words);
  const attributes = { type: "button", "aria-expanded": "false", ...FOCUSABLE };
  return h("div", "message-line long", {}, words, h("button", "link", attributes, "more"));
}

/** One listener for all rows, which come and go. */
function toggleMessage({ target }: Event): void {
  const more = target instanceof Element ? target.closest(".gw-link") : null;
  const isOpen = more?.parentElement?.classList.toggle("gw-open");
  if (!more || isOpen === undefined) return;
  setText(more, isOpen ? "less" : "more");
  more.setAttribute("aria-expanded", String(isOpen));
}

/** What there is to say of a row that has numbers, too; its own error is told beside them. */
function remark(row: Row): HTMLTableRowElement | null {
  if (!row.message || row.message.startsWith("±")) return null;
  const colspan = ROW_COLUMNS.length + 2;
  const cell = h("td", "message", { role: "cell", colspan }, message(row.message, "", LONG_BELOW));
  return h("tr", "remark", { role: "row" }, cell);
}

/** Explicit roles: narrow pages lay rows out as blocks, and a table it still is. */
function tableRows(row: Row, frame: Frame): HTMLTableRowElement[] {
  const header = h("th", "", { scope: "row", role: "rowheader" }, row.name);
  const verdict = h("td", "verdict", { role: "cell", "data-column": "verdict" }, verdictCell(row));
  if (failed(row)) {
    const cell = h(
      "td",
      "message",
      { role: "cell", colspan: ROW_COLUMNS.length },
      message(row.message ?? "", isError(row) ? "code" : "", LONG),
    );
    return [h("tr", "", { role: "row" }, header, cell, verdict)];
  }
  const cells = ROW_COLUMNS.map((column) =>
    h("td", "", { role: "cell", "data-column": column }, cell(row, column, frame)),
  );
  const below = remark(row);
  const main = h("tr", below ? "remarked" : "", { role: "row" }, header, ...cells, verdict);
  return below ? [main, below] : [main];
}

/** All gradients side by side. */
export function createTable({ signal }: Pick<View, "signal">): Panel {
  const heads = [...ROW_COLUMNS, "verdict"].map((name) =>
    h("th", "", { scope: "col", role: "columnheader" }, name),
  );
  const corner = h("td", "title", { role: "cell" }, "Gradients");
  const body = h("tbody", "", { role: "rowgroup" });
  body.addEventListener("click", toggleMessage, { signal });
  const table = h(
    "table",
    "table",
    { "aria-label": "Gradients", role: "table" },
    h("thead", "", { role: "rowgroup" }, h("tr", "", { role: "row" }, corner, ...heads)),
    body,
  );
  // A row that says the same as before stays: what is selected, focused or open in it, too.
  let rows = new Map<string, HTMLTableRowElement[]>();
  return {
    element: h("div", "table-frame", {}, table),
    update({ frame }, changed) {
      if (!changed.has("frame") || !frame) return;
      const next = new Map<string, HTMLTableRowElement[]>();
      for (const row of frame.rows) {
        const fresh = tableRows(row, frame);
        const key = fresh.map(({ textContent }) => textContent).join() + row.name;
        next.set(key, rows.get(key) ?? fresh);
      }
      const [before, after] = [[...rows.values()].flat(), [...next.values()].flat()];
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
