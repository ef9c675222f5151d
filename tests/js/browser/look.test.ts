import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { bands, runs } from "../../../js/draw/bands.ts";
import { errorScales } from "../../../js/draw/error.ts";
import { hostTheme } from "../../../js/panels/host.ts";
import { readFrame } from "../../../js/state/frame.ts";
import { kinds } from "../../../js/state/verdict.ts";
import { createModel, Kernel } from "../support/host.ts";
import { byRole, mount, painted, until } from "../support/mount.ts";
import { drawsPack, framePack, hmcStep, randomNumbers, VALUES } from "../support/power.ts";

const WRONG = { x: 0.18, solver: "bfgs" };

/** The colour of a pixel given in CSS coordinates. */
function pixel(canvas: HTMLCanvasElement, x: number, y: number): [number, number, number, number] {
  const ratio = canvas.width / canvas.clientWidth;
  const data = canvas.getContext("2d")?.getImageData(x * ratio, y * ratio, 1, 1).data;
  return [...(data ?? [])] as [number, number, number, number];
}

/** How many pixels of a canvas satisfy a condition. */
function count(canvas: HTMLCanvasElement, is: (r: number, g: number, b: number) => boolean) {
  const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  let found = 0;
  for (let i = 0; data && i < data.length; i += 4) {
    if (
      (data[i + 3] as number) > 128 &&
      is(data[i] as number, data[i + 1] as number, data[i + 2] as number)
    )
      found++;
  }
  return found;
}

const isRed = (r: number, g: number, b: number) => r > 150 && g < 90 && b < 90;
const isGreen = (r: number, g: number, b: number) => g > 100 && r < 60 && b < 100;

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test("axe finds nothing", { timeout: 30_000 }, async () => {
    document.documentElement.lang = "en";
    const page = document.createElement("main");
    page.style.background = theme === "dark" ? "#111" : "#fff";
    document.body.append(page);
    const model = createModel(WRONG, { controls: "all" });
    new Kernel(model, 5);
    const { root } = mount(model, { into: page });
    await painted(root, 2);
    expect(root.dataset.theme).toBe(theme);
    (root.querySelector(".gw-primary") as HTMLElement).click();
    await until(() => root.textContent?.includes("leapfrog steps"), "a step");
    model.emit("msg:custom", { type: "error", view: null, message: "refused", accepted: {} });
    (root.querySelector(".gw-more") as HTMLElement).click();
    await until(() => root.querySelector("[role=alert]"), "alert");
    const { violations } = await axe.run(root, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      rules: { "page-has-heading-one": { enabled: false } },
    });
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join("; ")}`);
    expect(told).toEqual([]);
    page.remove();
  });
});

test("the host's theme: what it declares, else what it looks like, else what is preferred", () => {
  const outer = document.createElement("div");
  const inner = document.createElement("div");
  outer.append(inner);
  document.body.append(outer);
  expect(hostTheme(inner, false)).toBe("light");
  outer.style.background = "rgb(20, 20, 24)";
  expect(hostTheme(inner, false)).toBe("dark");
  outer.dataset.jpThemeLight = "true";
  expect(hostTheme(inner, true)).toBe("light");
  delete outer.dataset.jpThemeLight;
  outer.className = "dark";
  outer.style.background = "white";
  expect(hostTheme(inner, false)).toBe("dark");
  outer.remove();
  document.documentElement.style.colorScheme = "light dark";
  document.body.append(inner);
  expect(hostTheme(inner, true)).toBe("dark");
  document.documentElement.style.colorScheme = "";
  inner.remove();
});

test("a view that is rendered before it is in the page finds its theme there", async () => {
  const later = document.createElement("div");
  const { root, el } = mount(createModel(), { into: later });
  expect(root.isConnected).toBe(false);
  const outer = document.createElement("div");
  outer.dataset.jpThemeLight = "false";
  document.body.append(outer);
  outer.append(el);
  await painted(root);
  await until(() => root.dataset.theme === "dark", "dark");
  outer.dataset.jpThemeLight = "true";
  await until(() => root.dataset.theme === "light", "light");
  outer.remove();
});

test("the canvas has the screen's resolution", async () => {
  const { root } = mount(createModel());
  await painted(root);
  for (const canvas of root.querySelectorAll("canvas")) {
    expect(canvas.width).toBe(Math.round(canvas.clientWidth * devicePixelRatio));
  }
});

test("bands are shaded red where the verdict is wrong, at least 4 pixels wide, elsewhere not", async () => {
  const { root } = mount(createModel(WRONG));
  await painted(root);
  const canvas = root.querySelector(".gw-plot-error canvas") as HTMLCanvasElement;
  const frame = readFrame(framePack({ ...VALUES, ...WRONG }, { number: 1 }));
  const errors = frame?.errors;
  if (!errors) throw new Error("no errors");
  const size = { width: canvas.clientWidth, height: canvas.clientHeight };
  const { area, x } = errorScales(size, { x: errors.x, error: errors.rel_error, scale: "symlog" });
  const intervals = bands(errors.x, runs(errors.verdict, kinds.wrong), x);
  expect(intervals).toHaveLength(6);
  // Below the curve, above the ticks' place.
  const y = area.top + area.height - 6;
  for (const [from, to] of intervals) {
    expect(to - from).toBeGreaterThanOrEqual(4);
    const [r, , b, alpha] = pixel(canvas, (from + to) / 2, y);
    expect(alpha).toBeGreaterThan(20);
    // Red by itself, or the dashed blue line of x over it.
    expect(r > 120 || b > 120).toBe(true);
    expect(pixel(canvas, from - 4, y)[3]).toBeLessThan(60);
  }
});

test("where the sampler asks inside a band, the tick is red and longer", async () => {
  const model = createModel(WRONG);
  const { root } = mount(model);
  await painted(root);
  const canvas = root.querySelector(".gw-plot-error canvas") as HTMLCanvasElement;
  const step = hmcStep(1, 0, { ...VALUES, ...WRONG }, randomNumbers(1));
  const withPositions = (position: number[], number: number) => {
    const momentum = position.map(() => 0.5);
    const transition = { ...step, position, momentum, energy: momentum };
    model.emit("msg:custom", { type: "frame" }, [
      framePack({ ...VALUES, ...WRONG }, { number, transition }),
    ]);
  };
  withPositions([1, 2, 3], 2);
  await painted(root, 2);
  const before = count(canvas, isRed);
  expect(canvas.getAttribute("aria-label")).toContain("asked for 2 gradients, 0 of them wrong");
  withPositions([1, 0.18, 3], 3);
  await painted(root, 3);
  expect(canvas.getAttribute("aria-label")).toContain("asked for 2 gradients, 1 of them wrong");
  expect(count(canvas, isRed)).toBeGreaterThan(before + 20);
});

test("the outcome of a transition differs in colour and in shape", async () => {
  const model = createModel();
  const { root } = mount(model);
  await painted(root);
  const canvas = root.querySelector(".gw-plot-phase canvas") as HTMLCanvasElement;
  const step = hmcStep(1, 0, VALUES, randomNumbers(1));
  const outcome = async (isAccepted: boolean, isDivergent: boolean, number: number) => {
    const transition = { ...step, isAccepted, isDivergent };
    model.emit("msg:custom", { type: "frame" }, [framePack(VALUES, { number, transition })]);
    await painted(root, number);
    return {
      red: count(canvas, isRed),
      green: count(canvas, isGreen),
      label: canvas.getAttribute("aria-label"),
    };
  };
  const accepted = await outcome(true, false, 2);
  const rejected = await outcome(false, false, 3);
  const divergent = await outcome(false, true, 4);
  expect(accepted.green).toBeGreaterThan(80);
  expect(accepted.red).toBe(0);
  expect(rejected.red).toBeGreaterThan(30);
  expect(rejected.green).toBe(0);
  expect(divergent.red).not.toBe(rejected.red);
  expect(
    [accepted, rejected, divergent].map(({ label }) => label?.match(/, (\w+)\.$/)?.[1]),
  ).toEqual(["accepted", "rejected", "divergent"]);
});

test("a path that explodes, NaN in the curves and infinite errors are drawn as far as they go", async () => {
  const model = createModel();
  const { root } = mount(model);
  await painted(root);
  const step = hmcStep(1, 0, VALUES, randomNumbers(1));
  const position = [1, 5, 1e8, Number.NaN, Number.POSITIVE_INFINITY, 1e300];
  const transition = { ...step, position, momentum: position, energy: position, isDivergent: true };
  const buffer = framePack({ ...VALUES, x: Number.NaN }, { number: 2, transition });
  model.emit("msg:custom", { type: "frame" }, [buffer]);
  await painted(root, 2);
  expect(root.querySelector("tbody")?.textContent).toContain("NaN");
});

test("several chains have lines of their own; divergences and changed settings are marked", async () => {
  const model = createModel({ num_chains: 4 });
  const { root } = mount(model);
  await painted(root);
  const random = randomNumbers(5);
  const chains = [1, 2, 3, 4].map(() => Array.from({ length: 200 }, () => 2 * random() - 1));
  const divergent = chains.map((values, chain) => values.map((_, i) => (chain + i === 50 ? 1 : 0)));
  const marks = [{ draw: 100, text: "step size 0.5" }];
  const summary = { ess: 321, rhat: 1.004, acceptance_rate: 0.97, num_divergent: 4 };
  model.emit("msg:custom", { type: "draws", batch: null }, [
    drawsPack(chains, divergent, summary, { number: 2, first: 0, marks }),
  ]);
  await painted(root, 2);
  const trace = root.querySelector(".gw-plot-trace canvas") as HTMLCanvasElement;
  expect(trace.getAttribute("aria-label")).toBe(
    "Trace of 200 draws of 4 chains; 4 divergences; settings changed at 100.",
  );
  expect(root.querySelector(".gw-plot-trace")?.textContent).toContain("step size 0.5");
  expect(count(trace, isRed)).toBeGreaterThan(10);
  expect(root.querySelector(".gw-figures")?.textContent).toContain("ESS 321");
});

test("the error plot's x axis switches between logarithmic and linear", async () => {
  const { root } = mount(createModel(WRONG));
  await painted(root);
  const canvas = root.querySelector(".gw-plot-error canvas") as HTMLCanvasElement;
  const log = canvas.toDataURL();
  const button = byRole(root, "button", "log x axis");
  expect(button.element().getAttribute("aria-pressed")).toBe("true");
  await button.click();
  await until(() => button.element().getAttribute("aria-pressed") === "false", "pressed");
  expect(canvas.toDataURL()).not.toBe(log);
});

test("narrow cells stack the plots, wide ones put them side by side; nothing overflows", async () => {
  const model = createModel(WRONG, { controls: "all" });
  for (const [width, columns] of [
    [1150, 3],
    [700, 3],
    [360, 1],
  ] as const) {
    const { root, dispose } = mount(model, { width: `${width}px` });
    await painted(root);
    const lefts = ["inner", "value", "gradient"].map(
      (name) => root.querySelector(`.gw-plot-${name}`)?.getBoundingClientRect().left,
    );
    expect(new Set(lefts).size).toBe(columns);
    expect(root.scrollWidth).toBeLessThanOrEqual(width);
    const frame = root.querySelector(".gw-table-frame") as HTMLElement;
    expect(frame.scrollWidth).toBeLessThanOrEqual(frame.clientWidth);
    dispose();
  }
});
