import { type Area, bottom, right } from "../draw/canvas.ts";
import { formatError, formatNumber, formatPercent, formatPower, typeset } from "../draw/format.ts";
import { drawMap, type MapData, mapScales } from "../draw/map.ts";
import type { ErrorMap } from "../state/inspector.ts";
import { xOf } from "../state/shown.ts";
import { statusName, statusText } from "../state/solver.ts";
import type { State } from "../state/state.ts";
import { kinds, verdictName, verdictText } from "../state/verdict.ts";
import { FOCUSABLE, h, icon, setAttributes, setText, uniqueId } from "./dom.ts";
import { nearest } from "./error.ts";
import { createPlot, moveTo, pointIn } from "./plot.ts";
import { type Panel, touches, type View } from "./view.ts";

/** A cell: its column and its row. */
type Cell = readonly [number, number];

/** Cells that an arrow key goes with Shift, or a Page key. */
const STRIDE = 10;

/** Where a key moves the cursor; null for all other keys. */
export function moved([i, j]: Cell, event: KeyboardEvent, columns: number, rows: number) {
  const far = event.shiftKey ? STRIDE : 1;
  const targets: Record<string, Cell> = {
    ArrowLeft: [i - far, j],
    ArrowRight: [i + far, j],
    ArrowUp: [i, j + far],
    ArrowDown: [i, j - far],
    PageUp: [i, j + STRIDE],
    PageDown: [i, j - STRIDE],
    Home: [0, j],
    End: [columns - 1, j],
  };
  const target = targets[event.key];
  if (!target) return null;
  const inside = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));
  return [inside(target[0], columns), inside(target[1], rows)] as const;
}

const contains = (area: Area, [x, y]: readonly [number, number]) =>
  x >= area.left - 1 && x <= right(area) + 1 && y >= area.top - 1 && y <= bottom(area) + 1;

/** Without digits that no one needs, and close enough to stay in the cell. */
const rounded = (value: number) => Number(value.toPrecision(5));

/** How much of the map is wrong, and where the largest error is. */
export function describeMap(map: ErrorMap, label: string): string {
  const share = (is: (code: number) => boolean) =>
    map.verdict.filter(is).length / map.verdict.length;
  let worst = -1;
  map.error.forEach((error, cell) => {
    if (error > (map.error[worst] ?? -1)) worst = cell;
  });
  const span = (values: Float64Array) =>
    `from ${formatNumber(values[0] ?? 0, 3)} to ${formatNumber(values.at(-1) ?? 0, 3)}`;
  const at = (values: Float64Array, i: number) => formatNumber(values[i] ?? Number.NaN, 3);
  const unclear = share(kinds.unclear);
  return (
    `Map of the relative error for ${label} ${span(map.x)} and ${map.parameter} ${span(map.y)}: ` +
    `wrong on ${formatPercent(share(kinds.wrong))} of it` +
    (unclear ? `, cannot be judged on ${formatPercent(unclear)}` : "") +
    (worst < 0
      ? "."
      : `; the largest error, ${formatError(map.error[worst] as number)}, is at ${label} = ` +
        `${at(map.x, worst % map.x.length)}, ${map.parameter} = ` +
        `${at(map.y, Math.floor(worst / map.x.length))}.`)
  );
}

/** The relative error over x and a parameter: where the gradient is wrong, and the way there. */
export function createMapPanel(view: View): Panel {
  const { store, actions, signal } = view;
  const { spec } = store.state;
  const { label } = spec.x;
  const plot = createPlot("map", "Map of the error", "");
  const readout = h("span", "readout", { "aria-live": "off" });
  const choice = h(
    "select",
    "field",
    { "aria-label": "map parameter", ...FOCUSABLE },
    ...spec.parameters.map(({ name, label }) => h("option", "", { value: name }, label)),
  );
  choice.addEventListener("change", () => actions.showMap(choice.value), { signal });
  choice.hidden = spec.parameters.length < 2;
  plot.head.append(h("span", "tools", {}, readout, choice));

  const pad = h("div", "map-pad", { role: "application", tabindex: 0, ...FOCUSABLE });
  const here = h("span", "map-here", { "aria-hidden": "true" });
  const cursor = h("span", "map-cursor", { "aria-hidden": "true" });
  plot.overlay.append(here, cursor, pad);

  const bar = h("span", "heat-bar", { "aria-hidden": "true" });
  const least = h("span");
  const key = (swatch: Element, words: string) => h("span", "key", {}, swatch, words);
  plot.element.append(
    h(
      "div",
      "legend",
      {},
      "relative error",
      h("span", "key", {}, least, bar, "1 or more"),
      key(icon("swatch gw-wrong", "M0 16L16 0M-4 4L4 -4M12 20L20 12"), "wrong"),
      key(icon("swatch gw-unclear", "M0 0L16 16M-4 12L4 20M12 -4L20 4"), "cannot be judged"),
      key(h("span", "map-here"), "here"),
    ),
  );

  let pointed: Cell | null = null;

  const dataOf = (map: ErrorMap, state: State): MapData => ({
    ...map,
    kinds,
    scale: state.errorScale,
    log: spec.parameters.find(({ name }) => name === map.parameter)?.log ?? false,
    variable: label,
  });

  /** The map that is shown: the one that was asked for, or none yet. */
  const shownMap = ({ map }: State) =>
    map.found && map.found.parameter === map.parameter ? map.found : null;

  const tell = (how: "polite" | "off") => {
    const map = shownMap(store.state);
    setAttributes(readout, { "aria-live": how });
    if (!map || !pointed) {
      setText(readout, "");
      cursor.hidden = true;
      return;
    }
    const [i, j] = pointed;
    const cell = j * map.x.length + i;
    const { x, y } = mapScales(plot.size(), dataOf(map, store.state));
    moveTo(cursor, [x(map.x[i] as number), y(map.y[j] as number)]);
    const number = (value: number) => typeset(formatNumber(value, 3));
    const verdict = verdictName(map.verdict[cell] as number);
    const status = statusName(map.status[cell] as number);
    setText(
      readout,
      `${label} = ${number(map.x[i] as number)}, ${map.parameter} = ${number(map.y[j] as number)}: ` +
        typeset(formatError(map.error[cell] as number)) +
        (verdict ? `, ${verdictText(verdict)}` : "") +
        (status ? `; solver: ${statusText(status)}` : ""),
    );
  };

  const cellAt = (event: MouseEvent): Cell | null => {
    const map = shownMap(store.state);
    if (!map) return null;
    const { area, x, y } = mapScales(plot.size(), dataOf(map, store.state));
    const [left, top] = pointIn(plot.overlay, event);
    return contains(area, [left, top])
      ? [nearest(map.x, x.invert(left)), nearest(map.y, y.invert(top))]
      : null;
  };

  const go = (cell: Cell | null) => {
    const map = shownMap(store.state);
    if (!map || !cell) return;
    actions.go({
      [map.parameter]: rounded(map.y[cell[1]] as number),
      [spec.x.name]: rounded(map.x[cell[0]] as number),
    });
  };

  const point = (cell: Cell | null, how: "polite" | "off") => {
    pointed = cell;
    tell(how);
  };

  /** Where keys have gone to; not where the mouse happens to be, under which the page may move. */
  let aimed: Cell | null = null;

  /** The cell of the present x and parameter. */
  const present = (map: ErrorMap): Cell => [
    nearest(map.x, xOf(store.state)),
    nearest(map.y, Number(store.state.values[map.parameter])),
  ];

  pad.addEventListener("pointermove", (event) => point(cellAt(event), "off"), { signal });
  pad.addEventListener("pointerleave", () => point(null, "off"), { signal });
  pad.addEventListener(
    "blur",
    () => {
      aimed = null;
      point(null, "off");
    },
    { signal },
  );
  pad.addEventListener(
    "click",
    (event) => {
      aimed = null;
      go(cellAt(event));
    },
    { signal },
  );
  pad.addEventListener(
    "keydown",
    (event) => {
      const map = shownMap(store.state);
      if (!map || event.ctrlKey || event.metaKey || event.altKey) return;
      const from = aimed ?? present(map);
      if (event.key === "Enter" || event.key === " ") go(from);
      else if (event.key === "Escape") {
        aimed = null;
        point(null, "off");
      } else {
        const to = moved(from, event, map.x.length, map.y.length);
        if (!to) return;
        aimed = to;
        point(to, "polite");
      }
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );

  // The plot is there only while it is shown.
  const element = h("div", "", { id: uniqueId("map") });
  return {
    element,
    update(state, changed) {
      if (!touches(changed, "map", "values", "status", "errorScale", "theme", "layout")) return;
      const { parameter, isPending } = state.map;
      if (parameter === null) {
        element.replaceChildren();
        return;
      }
      if (!element.firstChild) element.append(plot.element);
      choice.value = parameter;
      const map = shownMap(state);
      const isGone = isPending && state.status.state === "gone";
      plot.setNote(
        isGone
          ? "no kernel answers"
          : isPending
            ? "computing the map …"
            : "hatched: wrong. Click, or arrow keys and Enter: go there",
      );
      setAttributes(plot.element, { "data-pending": isPending });
      setAttributes(pad, {
        "aria-label":
          `map of ${label} and ${parameter}: arrow keys move the cursor, Enter goes there` +
          (isPending ? "; computing" : ""),
      });
      if (!map) {
        plot.context();
        plot.describe(`Map of the relative error over ${label} and ${parameter}: being computed.`);
        here.hidden = true;
        tell("off");
        return;
      }
      const data = dataOf(map, state);
      const scales = mapScales(plot.size(), data);
      const at = [scales.x(xOf(state)), scales.y(Number(state.values[parameter]))] as const;
      moveTo(here, at);
      here.hidden ||= !contains(scales.area, at);
      if (!touches(changed, "map", "errorScale", "theme", "layout")) return;
      const context = plot.context();
      if (!context) return;
      drawMap(context, scales, data, view.theme());
      setText(least, formatPower(scales.decades[0]));
      plot.describe(describeMap(map, label));
      tell("off");
    },
  };
}
