import { formatError } from "../draw/format.ts";
import type { Values } from "../state/frame.ts";
import {
  type CheckRow,
  type Finding,
  findings,
  type Outcome,
  type Report,
} from "../state/inspector.ts";
import type { Spec } from "../state/state.ts";
import type { Tone } from "../state/verdict.ts";
import { button, FOCUSABLE, h, setAttributes, setText, uniqueId } from "./dom.ts";
import { toneIcon } from "./headline.ts";
import { type Panel, touches, type View } from "./view.ts";

const WHAT = "forward, reverse and differences; first and second order; both precisions; jit, vmap";

const TONES: Record<Outcome, Tone> = {
  pass: "right",
  fail: "wrong",
  "cannot be judged": "unclear",
  "does not apply": "unclear",
};

const WORDS: Record<Outcome, string> = {
  pass: "passes",
  fail: "fails",
  "cannot be judged": "cannot be judged",
  "does not apply": "does not apply",
};

const ORDERS = ["value", "first", "second"];

const COLUMNS = ["argument", "derivative", "precision", "error", "allowed"] as const;

function cells(row: CheckRow): Record<(typeof COLUMNS)[number], string> {
  const number = (value: number) => (Number.isNaN(value) ? "" : formatError(value));
  return {
    argument: row.argument,
    derivative: ORDERS[row.order] ?? String(row.order),
    precision: row.dtype,
    error: number(row.error),
    allowed: number(row.tolerance),
  };
}

const chip = (outcome: Outcome) =>
  h("span", `chip ${TONES[outcome]}`, {}, toneIcon(TONES[outcome]), WORDS[outcome]);

/** The cause once, above the checks that it explains. */
function group({ outcome, cause, whatToDo, rows }: Finding): HTMLElement {
  const why = h(
    "td",
    "cause",
    { role: "cell", colspan: COLUMNS.length + 1 },
    chip(outcome),
    h("span", "cause-text", {}, cause),
    ...(whatToDo ? [h("span", "what-to-do", {}, whatToDo)] : []),
  );
  return h(
    "tbody",
    "",
    { role: "rowgroup" },
    ...(cause || outcome !== "pass" ? [h("tr", "", { role: "row" }, why)] : []),
    ...rows.map((row) => {
      const texts = cells(row);
      return h(
        "tr",
        "",
        { role: "row" },
        h("th", "", { scope: "row", role: "rowheader" }, row.name),
        ...COLUMNS.map((column) =>
          h(
            "td",
            "",
            { role: "cell", "data-column": column },
            texts[column] ? texts[column] : h("span", "absent", {}, "—"),
          ),
        ),
      );
    }),
  );
}

function table(name: string, found: readonly Finding[]): HTMLElement {
  const heads = ["check", ...COLUMNS].map((column) =>
    h("th", "", { scope: "col", role: "columnheader" }, column),
  );
  return h(
    "div",
    "table-frame",
    {},
    h(
      "table",
      "table",
      { role: "table", "aria-label": name },
      h("thead", "", { role: "rowgroup" }, h("tr", "", { role: "row" }, ...heads)),
      ...found.map(group),
    ),
  );
}

/** The inputs that the check depends on. */
const inputsOf = ({ parameters, x }: Spec) => [
  ...parameters.map(({ name }) => name),
  x.name,
  "solver",
];

const isFor = (spec: Spec, report: Report, values: Values) =>
  inputsOf(spec).every((name) => Object.is(report.values[name], values[name]));

function toneOf({ ok, rows }: Report): Tone {
  if (!ok) return "wrong";
  return rows.some(({ outcome }) => outcome === "pass") ? "right" : "unclear";
}

const count = (number: number) => `${number} check${number === 1 ? "" : "s"}`;

function body(report: Report): HTMLElement[] {
  const found = findings(report.rows);
  const rest = found.filter(({ outcome }) => outcome !== "pass");
  const passed = found.filter(({ outcome }) => outcome === "pass");
  const number = passed.reduce((sum, { rows }) => sum + rows.length, 0);
  const solver = `Solver: ${report.values.solver}.`;
  const parts: HTMLElement[] = [h("p", "points", {}, `${report.points} ${solver}`)];
  if (rest.length) parts.push(table("Checks that do not pass", rest));
  if (number) {
    const summary = h(
      "summary",
      "",
      { ...FOCUSABLE },
      toneIcon("right"),
      `${count(number)} pass${number === 1 ? "es" : ""}`,
    );
    parts.push(h("details", "passes", {}, summary, table("Checks that pass", passed)));
  }
  return parts;
}

/** Whether the rule itself is right: asked for, and told here, while the page goes on. */
export function createRule(view: View): Panel {
  const { store, actions, signal } = view;
  const { spec } = store.state;
  const id = uniqueId("rule");
  const ask = button("Check the rule", "", signal, () => actions.checkRule());
  const close = button("Close", "quiet", signal, () => {
    actions.closeRule();
    ask.focus();
  });
  setAttributes(ask, { "aria-controls": id });
  const note = h("span", "note", { "aria-live": "polite" }, WHAT);
  const title = h("div", "report-title", { role: "heading", "aria-level": 3 });
  const stale = h("span", "chip unclear", {}, "for earlier values");
  const content = h("div");
  // No section element: in slides reveal.js takes every one for a slide.
  const report = h(
    "div",
    "report",
    { id, role: "region", "aria-label": "Check of the rule", hidden: true },
    h("div", "report-head", {}, title, stale, close),
    content,
  );
  report.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      actions.closeRule();
      ask.focus();
    },
    { signal },
  );
  let written: Report | null = null;
  return {
    element: h("div", "rule", {}, h("div", "rule-bar", {}, ask, note), report),
    update(state, changed) {
      if (!touches(changed, "rule", "values", "status")) return;
      const { isOpen, isPending, report: found } = state.rule;
      const isGone = state.status.state === "gone";
      const { cannot } = state.status;
      ask.disabled = (isPending && !isGone) || cannot?.check !== undefined;
      const waiting = isGone ? "no kernel answers" : "checking the rule … (some seconds)";
      const told = isOpen && found ? "checked" : (cannot?.check ?? WHAT);
      setText(note, isPending ? waiting : told);
      report.hidden = !isOpen || found === null;
      setAttributes(ask, { "aria-expanded": String(!report.hidden) });
      if (!found) return;
      stale.hidden = isFor(spec, found, state.values);
      setAttributes(report, { "data-stale": !stale.hidden });
      if (written === found) return;
      written = found;
      title.replaceChildren(toneIcon(toneOf(found)), found.headline);
      content.replaceChildren(...body(found));
    },
  };
}
