import { type ArrowsData, arrowsScales, drawArrows } from "../draw/arrows.ts";
import { bowlLevels, contour, type Pieces } from "../draw/contours.ts";
import { errorDecades } from "../draw/error.ts";
import { formatError, formatNumber, formatPercent, formatPower, typeset } from "../draw/format.ts";
import { extent } from "../draw/scales.ts";
import { current, type Pair, planeOf, waitingFor } from "../state/plane.ts";
import type { State } from "../state/state.ts";
import { kinds } from "../state/verdict.ts";
import { button, h, icon, setAttributes, setText } from "./dom.ts";
import { createGrip } from "./grip.ts";
import { createPlot, pointIn } from "./plot.ts";
import { type Panel, touches, type View } from "./view.ts";

const LEVELS = 12;
/** Before the field is known, so much is shown around the point. */
const AROUND = 1;

const short = (value: number) => formatNumber(value, 3);
const both = (pair: ArrayLike<number>) =>
  `(${short(pair[0] as number)}, ${short(pair[1] as number)})`;

/** The point of inspection as the hand has it, where the line does not move it. */
function positionOf({ values, frame, spec }: State): readonly number[] {
  const x = values[spec.point?.name ?? ""];
  if (Array.isArray(x) && !values.t) return x.map(Number);
  return frame?.position ?? [];
}

/** The gradient over two coordinates: contours of f, both arrows at a point that is dragged. */
export function createArrowsPanel(view: View, names: (plane: Pair<number>) => Pair<string>): Panel {
  const { store, actions, signal } = view;
  const { spec } = store.state;
  const name = spec.point?.name ?? "x";
  const f = `${spec.function}(${name})`;
  const plot = createPlot("arrows", `Gradient of ${f}`, "");
  const readout = h("span", "readout", { "aria-live": "polite" });
  let isShown = true;
  const errors = button("Errors", "quiet", signal, () => {
    isShown = !isShown;
    draw(store.state);
  });
  errors.title = "the relative error of the gradient under the contours";
  plot.head.append(h("span", "tools", {}, readout, errors));

  const placeNow = (): Pair<number> => {
    const position = positionOf(store.state);
    const [i, j] = planeOf(store.state.values) ?? [0, 1];
    return [position[i] ?? Number.NaN, position[j] ?? Number.NaN];
  };
  const move = (to: Pair<number>, settled: boolean) => {
    const position = [...positionOf(store.state)];
    (planeOf(store.state.values) ?? []).forEach((k, which) => {
      position[k] = to[which] as number;
    });
    actions.go({ [name]: position, t: 0 }, settled);
  };
  const grip = createGrip(plot, { place: placeNow, move, signal });
  const stage = plot.overlay.parentElement as HTMLElement;

  const reference = h("span");
  const least = h("span");
  const bar = h("span", "heat-bar", { "aria-hidden": "true" });
  const key = (swatch: Element, words: string | Element) => h("span", "key", {}, swatch, words);
  const wrong = icon("swatch gw-wrong", "M0 16L16 0M-4 4L4 -4M12 20L20 12");
  const unclear = icon("swatch gw-unclear", "M0 0L16 16M-4 12L4 20M12 -4L20 4");
  const ofErrors = [
    h("span", "key", {}, "relative error", least, bar, "1 or more"),
    key(wrong, "wrong"),
    key(unclear, "cannot be judged"),
  ];
  plot.element.append(
    h(
      "div",
      "legend",
      {},
      key(icon("arrow", "M1 8H13M9 4L13 8L9 12"), "gradient"),
      key(icon("arrow gw-wide", "M1 8H13M9 4L13 8L9 12"), reference),
      ...ofErrors,
    ),
  );

  let contours: { of: Float64Array | null; pieces: readonly Pieces[] } = { of: null, pieces: [] };
  let scales: ReturnType<typeof arrowsScales> | null = null;

  stage.addEventListener(
    "click",
    (event) => {
      if (!scales || grip.element.contains(event.target as Node)) return;
      const at = pointIn(stage, event);
      const { area, x, y } = scales;
      const isInside =
        at[0] >= area.left &&
        at[0] <= area.left + area.width &&
        at[1] >= area.top &&
        at[1] <= area.top + area.height;
      const tidy = (value: number) => Number(value.toPrecision(4));
      if (isInside) move([tidy(x.invert(at[0])), tidy(y.invert(at[1]))], true);
    },
    { signal },
  );

  const draw = (state: State) => {
    const context = plot.context();
    const { frame } = state;
    const plane = planeOf(state.values);
    if (!context || !frame || !plane) return;
    const found = current(state.plane.field, state);
    const field = found?.part ?? null;
    if (contours.of !== (field?.value ?? null)) {
      const levels = field ? bowlLevels(field.value, LEVELS) : [];
      const pieces = levels.map((level) =>
        field ? contour(field.across, field.up, field.value, level) : [],
      );
      contours = { of: field?.value ?? null, pieces };
    }
    const [px, py] = placeNow();
    // The arrows are those of the frame: of its coordinates.
    const isSame = String(planeOf(frame.values)) === String(plane);
    const pair = (values: Float64Array | undefined): Pair<number> =>
      isSame && values ? [values[0] as number, values[1] as number] : [Number.NaN, Number.NaN];
    const around = (value: number) => Float64Array.of(value - AROUND, value + AROUND);
    const data: ArrowsData = {
      across: field?.across ?? around(px),
      up: field?.up ?? around(py),
      contours: contours.pieces,
      field: isShown && field ? { error: field.error, verdict: field.verdict, kinds } : null,
      point: [px, py],
      gradient: pair(frame.arrows?.gradient),
      reference: pair(frame.arrows?.reference),
      names: names(plane),
    };
    scales = arrowsScales(plot.size(), data);
    drawArrows(context, scales, data, view.theme());
    const isPending = !found || found.isPending;
    plot.setNote(isPending ? waitingFor("field", state) : `contours of ${f}`);
    setAttributes(plot.element, { "data-pending": found?.isPending ?? false });
    setAttributes(errors, { "aria-pressed": String(isShown) });
    for (const each of ofErrors) each.hidden = !data.field;
    if (field) setText(least, formatPower(errorDecades(field.error)[0]));
    const referenceName = frame.rows.some(({ reference }) => reference)
      ? "closed form"
      : "finite differences";
    setText(reference, referenceName);
    const at = data.names.map((each, k) => `${each} = ${short(data.point[k as 0 | 1])}`);
    setText(readout, typeset(`∇${spec.function} = ${both(data.gradient)}`));
    grip.update(scales, `point of inspection, ${at.join(", ")}: arrow keys move it`);
    plot.describe(
      `Contours of ${f} over ${data.names.join(" and ")}. At ${at.join(", ")} the gradient is ` +
        `${both(data.gradient)}; by ${referenceName} it is ${both(data.reference)}.` +
        (field ? describeField(field.error, field.verdict) : ""),
    );
  };

  return {
    element: plot.element,
    update(state, changed) {
      if (touches(changed, "frame", "values", "plane", "status", "theme", "layout")) draw(state);
    },
  };
}

/** How much of the field is wrong, and how large its errors are. */
function describeField(error: Float64Array, verdict: Float64Array): string {
  const share = (is: (code: number) => boolean) => verdict.filter(is).length / verdict.length;
  const largest = extent(error.filter((_, i) => kinds.wrong(verdict[i] as number)))?.[1];
  const unclear = share(kinds.unclear);
  return (
    ` The gradient is wrong on ${formatPercent(share(kinds.wrong))} of what is shown` +
    (unclear ? `, cannot be judged on ${formatPercent(unclear)}` : "") +
    (largest === undefined ? "." : `; the largest relative error is ${formatError(largest)}.`)
  );
}
