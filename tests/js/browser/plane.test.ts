import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Values } from "../../../js/state/frame.ts";
import { createModel, type Model } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";
import { planeDraws, planePack, vectorFrame, vectorSpec, vectorValues } from "../support/plane.ts";

const WIDTH = "1150px";

/** A kernel that answers changes with frames, and wishes for the plane with both parts. */
async function showVector(dim: number, more: Values = {}, width = WIDTH, answersPlane = true) {
  const values: Values = { ...vectorValues(dim), ...more };
  const model = createModel(
    {},
    {
      ...values,
      _spec: vectorSpec(dim),
      _frame: vectorFrame(values, { number: 1 }),
    },
  );
  let number = 1;
  model.onSend = (message) => {
    if (message.type === "change") {
      Object.assign(values, message.values);
      const { seq, view, settled } = message;
      const frame = vectorFrame(values, { number: ++number, seq, view, settled } as {
        number: number;
      });
      setTimeout(() => model.emit("msg:custom", { type: "frame", seq, view }, [frame]), 2);
    }
    if (message.type === "plane" && answersPlane) {
      for (const part of ["field", "density"] as const) {
        model.emit("msg:custom", { type: "plane" }, [planePack(part, values, ++number)]);
      }
    }
  };
  const draw = (draws: [number, number][], first: number) =>
    model.emit("msg:custom", { type: "draws" }, [planeDraws(values, draws, ++number, first)]);
  const mounted = mount(model, { width });
  await painted(mounted.root, 1);
  return { model, draw, values, ...mounted };
}

const asked = (model: Model, type: string) => model.sent.filter((sent) => sent.type === type);
const grip = (root: HTMLElement) => root.querySelector(".gw-grip") as HTMLElement;
const told = (root: HTMLElement, plot: string) =>
  root.querySelector(`.gw-plot-${plot} canvas`)?.getAttribute("aria-label") ?? "";
const note = (root: HTMLElement, plot: string) =>
  root.querySelector(`.gw-plot-${plot} .gw-note`)?.textContent;

describe("the gradient in the plane", () => {
  test("both arrows and how much of the field is wrong, in words", async () => {
    const { root, model } = await showVector(2);
    await until(() => note(root, "arrows") === "contours of f(x)", "the field");
    expect(asked(model, "plane")).toHaveLength(1);
    expect(told(root, "arrows")).toContain("At x[0] = 0.500, x[1] = 0.250");
    expect(told(root, "arrows")).toContain("(0.625, 0.500); by closed form it is (0.625, 0.500)");
    expect(told(root, "arrows")).toContain("wrong on 24 % of what is shown");
    expect(told(root, "arrows")).toContain("largest relative error is 3.0e-1");
    expect(root.querySelector(".gw-plane-head")).toHaveProperty("hidden", true);
    // Without the errors, neither they nor their legend.
    const button = byRole(root, "button", "Errors");
    expect(button.element().getAttribute("aria-pressed")).toBe("true");
    await button.click();
    expect(button.element().getAttribute("aria-pressed")).toBe("false");
    expect(within(root).getByText("cannot be judged").elements().length).toBeGreaterThan(0);
  });

  test("the point is dragged in both directions, and computes no field anew", async () => {
    const { root, model, values } = await showVector(2);
    await until(() => note(root, "arrows") === "contours of f(x)", "the field");
    const box = grip(root).getBoundingClientRect();
    const at = (dx: number, dy: number) => ({
      clientX: box.x + box.width / 2 + dx,
      clientY: box.y + box.height / 2 + dy,
      pointerId: 1,
      bubbles: true,
    });
    grip(root).setPointerCapture = () => undefined;
    grip(root).dispatchEvent(new PointerEvent("pointerdown", at(0, 0)));
    for (let i = 1; i <= 5; i++) {
      grip(root).dispatchEvent(new PointerEvent("pointermove", at(20 * i, -10 * i)));
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    grip(root).dispatchEvent(new PointerEvent("pointerup", at(100, -50)));
    await until(() => asked(model, "change").at(-1)?.settled, "it has come to rest");
    const [x0, x1] = values.x as [number, number];
    expect(x0).toBeGreaterThan(1);
    expect(x1).toBeGreaterThan(0.3);
    expect(asked(model, "change").length).toBeGreaterThan(2);
    expect(asked(model, "change")[0].settled).toBe(false);
    expect(root.querySelector(".gw-plot-arrows")?.hasAttribute("data-pending")).toBe(false);
    await until(() => told(root, "arrows").includes(", 0); by"), "the wrong arrow");
    expect(grip(root).getAttribute("aria-label")).toContain(`x[0] = ${x0.toPrecision(3)}`);
    expect(asked(model, "plane")).toHaveLength(1);
  });

  test("arrow keys move it, and settle when they are let go; outside of the range it is asked again", async () => {
    const { root, model, values } = await showVector(2);
    await until(() => note(root, "arrows") === "contours of f(x)", "the field");
    grip(root).focus();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowDown}");
    const isThere = () => {
      const [x0, x1] = values.x as [number, number];
      return x0 > 0.5 && x1 < 0.25;
    };
    // Each key that is let go settles: the last of them counts.
    await until(() => isThere() && asked(model, "change").at(-1)?.settled, "settled");
    expect(asked(model, "change").at(-1)?.values.t).toBe(0);
    expect(asked(model, "plane")).toHaveLength(1);
    await byRole(root, "spinbutton", "x[0]").fill("5");
    await userEvent.keyboard("{Enter}");
    await until(() => asked(model, "plane").length === 2, "asked again");
    await byRole(root, "spinbutton", "x[0]").fill("0.1");
    await userEvent.keyboard("{Enter}");
    await until(() => (values.x as number[])[0] === 0.1, "back");
    expect(asked(model, "plane")).toHaveLength(2);
  });

  test("until the field has come, it says so, and without a kernel that none answers", async () => {
    const { root, model } = await showVector(2, {}, WIDTH, false);
    expect(note(root, "arrows")).toBe("computing the field …");
    expect(note(root, "cloud")).toBe("computing the density …");
    const failed = { type: "error", view: null, names: [], message: "it raised" };
    model.emit("msg:custom", failed);
    await until(() => note(root, "arrows") === "the field could not be computed", "failed");
    model.send = () => {
      throw new Error("gone");
    };
    grip(root).focus();
    await userEvent.keyboard("{ArrowRight}");
    await until(() => note(root, "arrows") === "no kernel answers", "gone");
    expect(note(root, "cloud")).toBe("no kernel answers");
  });
});

describe("the sampler in the plane", () => {
  test("draws, the path and both marginals against the exact ones", async () => {
    const { root, draw } = await showVector(2);
    await until(() => note(root, "cloud") === "over contours of the density", "the density");
    expect(told(root, "cloud")).toContain("No draws yet");
    expect(told(root, "cloud")).toContain("x[0]: mean exact 0, sd exact 1.15");
    draw(
      Array.from({ length: 500 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]),
      0,
    );
    await until(() => told(root, "cloud").includes("500 draws"), "draws");
    draw([[0.5, -0.75]], 500);
    await until(() => told(root, "cloud").includes("501 draws"), "one more");
    expect(told(root, "cloud")).toContain("x[1]: mean -0.200 (exact 0), sd 1.20 (exact 1.15)");
    expect(told(root, "cloud")).toContain("from (0, 0) to (0.500, -0.750), accepted");
    expect(
      within(root).getByText("x[1]: mean −0.200 (exact 0), sd 1.20 (exact 1.15)"),
    ).toBeDefined();
    // The density panel shows the marginal of the coordinate, no slice.
    expect(note(root, "density")).toBe("over the exact marginal");
    expect(root.querySelector(".gw-figures")?.textContent).toContain("exact 1.15");
  });

  test("only new draws are drawn, and all again when the look changes", async () => {
    const { root, draw } = await showVector(2);
    await until(() => note(root, "cloud") === "over contours of the density", "the density");
    const canvas = root.querySelector(".gw-plot-cloud canvas") as HTMLCanvasElement;
    const ink = () => {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return data ? data.filter((value, i) => i % 4 === 3 && value > 0).length : 0;
    };
    const before = ink();
    draw(
      Array.from({ length: 400 }, (_, i) => [1.5 * Math.sin(i), 1.5 * Math.cos(3 * i)]),
      0,
    );
    await until(() => told(root, "cloud").includes("400 draws"), "draws");
    const some = ink();
    expect(some).toBeGreaterThan(before + 400);
    (root.parentElement as HTMLElement).style.width = "950px";
    await until(() => canvas.clientWidth < 480, "narrower");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ink()).toBeGreaterThan(before + 300);
  });

  test("of more coordinates two are chosen; the note says that the others are held", async () => {
    const { root, model, values } = await showVector(4);
    await until(() => note(root, "cloud") === "over contours of a slice of the density", "density");
    expect(within(root).getByText(/marginals of the draws alone/)).toBeDefined();
    expect(note(root, "density")).toBe("over a slice of the density through the start");
    await byRole(root, "combobox", "up").selectOptions("x[3]");
    await until(() => String(values.plane) === "0,3", "chosen");
    await until(
      () => told(root, "arrows").includes("x[0] = 0.500, x[3] = -0.250"),
      "the new plane",
    );
    await until(() => asked(model, "plane").length > 1, "the field asked for anew");
    // A coordinate that is chosen twice: the other menu gives way.
    await byRole(root, "combobox", "across").selectOptions("x[3]");
    await until(() => String(values.plane) === "3,0", "swapped");
    await expect.element(byRole(root, "combobox", "up")).toHaveValue("0");
  });
});

test.each(["1150px", "644px", "360px"])(
  "nothing is wrong for axe at %s, light and dark",
  async (width) => {
    await page.viewport(1200, 900);
    const { root, el, draw } = await showVector(3, {}, width);
    await until(() => note(root, "cloud")?.startsWith("over contours"), "the density");
    draw([[0.5, 0.5]], 0);
    for (const theme of ["light", "dark"]) {
      el.setAttribute("data-theme", theme);
      el.style.background = theme === "dark" ? "#14171c" : "#ffffff";
      await until(() => root.dataset.theme === theme, theme);
      const plane = root.querySelector(".gw-plane") as HTMLElement;
      const found = await axe.run(plane, { rules: { region: { enabled: false } } });
      expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      expect(plane.scrollWidth).toBeLessThanOrEqual(plane.clientWidth + 1);
    }
  },
);
