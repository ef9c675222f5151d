import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { createModel, Kernel } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";

async function show(more: Record<string, unknown>, values = {}) {
  const model = createModel(values, more);
  new Kernel(model, 5);
  const mounted = mount(model);
  await painted(mounted.root, 2);
  return { model, ...mounted };
}

/** The x that a click at nine tenths of the error plot's width goes to. */
async function clickErrors(root: HTMLElement, model: { get(name: string): unknown }) {
  const stage = root.querySelector(".gw-plot-error .gw-stage") as HTMLElement;
  const { left, top, width } = stage.getBoundingClientRect();
  const before = model.get("x");
  const place = { clientX: left + 0.9 * width, clientY: top + 10 };
  stage.dispatchEvent(new MouseEvent("click", { bubbles: true, ...place }));
  await until(() => model.get("x") !== before, "another x");
  return Number(model.get("x"));
}

const isVisible = (element: Element | null) =>
  element?.checkVisibility({ visibilityProperty: true }) ?? false;

describe("what has been reached", () => {
  test("the gradient alone, then the sampler alone, then all", async () => {
    const { root, model } = await show({ view: "gradient", controls: "all" });
    const trace = root.querySelector(".gw-plot-trace");
    const value = root.querySelector(".gw-plot-value");
    expect([isVisible(value), isVisible(trace)]).toEqual([true, false]);
    expect(byRole(root, "button", "Step").query()).toBeNull();
    expect(byRole(root, "combobox", "algorithm").query()).toBeNull();
    await expect.element(byRole(root, "combobox", "solver")).toBeVisible();
    model.set("view", "sampler");
    await until(() => isVisible(trace), "the sampler");
    expect(isVisible(value)).toBe(false);
    await expect.element(byRole(root, "button", "Step")).toBeVisible();
    model.set("view", "all");
    await until(() => isVisible(value), "all");
    expect(isVisible(trace)).toBe(true);
  });

  test("the chosen controls and no others", async () => {
    const { root, model } = await show({ controls: ["x", "step", "step_size"] });
    for (const [role, name] of [
      ["slider", "x"],
      ["button", "Step"],
      ["spinbutton", "step size"],
    ] as const) {
      await expect.element(byRole(root, role, name)).toBeVisible();
    }
    for (const [role, name] of [
      ["slider", "p"],
      ["button", "Run"],
      ["button", "Settings"],
      ["combobox", "solver"],
      ["combobox", "preset"],
      ["slider", "gradient scale"],
    ] as const) {
      expect(byRole(root, role, name).query(), name).toBeNull();
    }
    expect(within(root).getByRole("group", { name: "gradient", exact: true }).query()).toBeNull();
    // What lies on the curves is part of the plots.
    await expect.element(byRole(root, "slider", "handle on the value curve")).toBeVisible();
    model.set("controls", "simple");
    await expect.element(byRole(root, "slider", "p")).toBeVisible();
    await expect.element(byRole(root, "button", "Settings")).toBeVisible();
  });
});

describe("what is locked", () => {
  test("cannot be changed by anything in the page, and says so", async () => {
    const { root, model } = await show({ lock: ["x", "algorithm"], controls: "all" });
    const x = model.get("x");
    await expect.element(byRole(root, "spinbutton", "x")).toBeDisabled();
    await expect.element(byRole(root, "slider", "x")).toBeDisabled();
    await expect.element(byRole(root, "combobox", "algorithm")).toBeDisabled();
    await expect.element(byRole(root, "slider", "p")).toBeEnabled();
    const handle = byRole(root, "slider", "handle on the value curve");
    await expect.element(handle).toHaveAttribute("aria-disabled");
    (handle.element() as HTMLElement).focus();
    await userEvent.keyboard("{ArrowRight}");
    await expect.element(within(root).getByRole("alert")).toHaveTextContent("x can be set from");
    expect(model.get("x")).toBe(x);
    expect(model.sent.filter((message) => message.type === "change")).toEqual([]);
  });

  test("is free again when it is unlocked; what has other reasons stays disabled", async () => {
    const lock = ["num_integration_steps", "seed"];
    const { root, model } = await show({ lock, controls: "all" }, { algorithm: "nuts" });
    const steps = byRole(root, "spinbutton", "integration steps");
    const seed = byRole(root, "spinbutton", "seed");
    await expect.element(steps).toBeDisabled();
    await expect.element(seed).toBeDisabled();
    model.set("lock", []);
    await expect.element(seed).toBeEnabled();
    await expect.element(steps).toBeDisabled(); // NUTS decides
  });
});

describe("on a projector", () => {
  test("everything is larger, sharp, and still follows the hand", async () => {
    const { root, model } = await show({ projector: true });
    const canvas = root.querySelector(".gw-plot-value canvas") as HTMLCanvasElement;
    expect(canvas.getBoundingClientRect().width / canvas.offsetWidth).toBeCloseTo(1.5);
    expect(canvas.width / canvas.getBoundingClientRect().width).toBeCloseTo(devicePixelRatio, 1);
    expect(root.scrollWidth).toBeLessThanOrEqual(root.clientWidth + 1);
    // A click in the error plot goes to the same place as without.
    const plain = await show({});
    const reached = [clickErrors(root, model), clickErrors(plain.root, plain.model)];
    const [here, there] = await Promise.all(reached);
    expect(here).toBeGreaterThan(0.5);
    expect(Number(here) / Number(there)).toBeCloseTo(1, 1);
  });

  test.each(["light", "dark"])("axe finds nothing, %s", async (theme) => {
    const { root, el } = await show({ projector: true, lock: ["p"], controls: "all" });
    el.setAttribute("data-theme", theme);
    el.style.background = theme === "dark" ? "#14171c" : "#ffffff";
    await until(() => root.dataset.theme === theme, theme);
    const found = await axe.run(root, { rules: { region: { enabled: false } } });
    expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
});
