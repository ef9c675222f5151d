import { expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { createModel, Kernel } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";

async function show(more = {}) {
  const model = createModel({}, more);
  new Kernel(model, 5);
  const mounted = mount(model);
  await painted(mounted.root, 2);
  const heading = mounted.root.querySelector(".gw-headline") as HTMLElement;
  const actions = () =>
    model.sent.filter(({ type }) => type === "sampler").map(({ action }) => action);
  const draws = (count: number) =>
    until(
      () => mounted.root.querySelector(".gw-figures")?.textContent?.startsWith(`draws ${count}`),
      `${count} draws`,
    );
  return { model, ...mounted, heading, actions, draws };
}

test("space steps, n and b go forward and back, r runs and pauses", async () => {
  const { root, heading, actions, draws } = await show();
  await userEvent.click(heading); // which takes no focus itself
  expect(document.activeElement).toBe(root);
  await userEvent.keyboard(" n");
  await draws(2);
  await userEvent.keyboard("b");
  await draws(1);
  expect(actions()).toEqual(["step", "step", "back"]);
  await userEvent.keyboard("r");
  await expect.element(byRole(root, "button", "Pause")).toBeVisible();
  await userEvent.keyboard("r");
  await expect.element(byRole(root, "button", "Run")).toBeVisible();
  expect(actions().slice(3)).toEqual(["run", "pause"]);
});

test("draws that are there are gone through, and none is taken away", async () => {
  const { root, heading, actions, draws } = await show();
  await userEvent.click(heading);
  await userEvent.keyboard("   ");
  await draws(3);
  const handle = byRole(root, "slider", "draw");
  (handle.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowLeft}");
  await expect.element(handle).toHaveAttribute("aria-valuenow", "2");
  await userEvent.keyboard("b");
  await expect.element(handle).toHaveAttribute("aria-valuenow", "1");
  await userEvent.keyboard("bnn");
  await expect.element(handle).toHaveAttribute("aria-valuenow", "3");
  expect(new Set(actions())).toEqual(new Set(["step", "show"]));
});

test("inside a transition they go from moment to moment", async () => {
  const { root, heading, actions, draws } = await show();
  await userEvent.click(heading);
  await userEvent.keyboard(" ");
  await draws(1);
  await byRole(root, "button", "First").click();
  const stage = byRole(root, "slider", "stage");
  await expect.element(stage).toHaveAttribute("aria-valuetext", expect.stringMatching(/^1 of/));
  await userEvent.keyboard("nn");
  await expect.element(stage).toHaveAttribute("aria-valuetext", expect.stringMatching(/^3 of/));
  await userEvent.keyboard("b");
  await expect.element(stage).toHaveAttribute("aria-valuetext", expect.stringMatching(/^2 of/));
  expect(actions()).toEqual(["step"]);
});

test("what means something else by a key keeps it", async () => {
  const { root, model, actions } = await show({ controls: "all" });
  const focus = (role: "button" | "combobox" | "spinbutton", name: string) =>
    (byRole(root, role, name).element() as HTMLElement).focus();
  focus("combobox", "solver");
  await userEvent.keyboard("rbn");
  focus("spinbutton", "x");
  await userEvent.keyboard("rbn {Escape}");
  expect(actions()).toEqual([]);
  focus("button", "Settings");
  await userEvent.keyboard(" ");
  await expect
    .element(byRole(root, "button", "Settings"))
    .toHaveAttribute("aria-expanded", "false");
  expect(actions()).toEqual([]);
  await userEvent.keyboard("{Control>}b{/Control}");
  expect(actions()).toEqual([]);
  // A slider leaves them to the widget, and stays where it is.
  const x = model.get("x");
  (byRole(root, "slider", "x").element() as HTMLElement).focus();
  await userEvent.keyboard(" ");
  await until(() => actions().length === 1, "a step");
  expect(model.get("x")).toBe(x);
});

test("they reach nobody outside, unless the widget has no such button", async () => {
  const { root, el, heading, model, actions } = await show();
  const heard: string[] = [];
  el.addEventListener("keydown", ({ key }) => heard.push(key));
  await userEvent.click(heading);
  await userEvent.keyboard(" rrj");
  expect(heard).toEqual(["j"]);
  model.set("view", "gradient");
  await until(() => root.dataset.view === "gradient", "the gradient alone");
  await userEvent.keyboard(" ");
  expect(heard).toEqual(["j", " "]);
  expect(actions()).toEqual(["step", "run", "pause"]);
});

test("keys with a modifier are the host's, where no control has the focus", async () => {
  const { heading } = await show();
  const left: Record<string, boolean> = {};
  // As JupyterLab listens.
  const listen = ({ key, target }: KeyboardEvent) => {
    left[key] = !(target as Element).closest("[data-lm-suppress-shortcuts]");
  };
  document.addEventListener("keydown", listen, true);
  await userEvent.click(heading);
  await userEvent.keyboard("x{Control>}s{/Control}b");
  document.removeEventListener("keydown", listen, true);
  expect(left).toEqual({ x: false, Control: true, s: true, b: false });
});

test("they are told where help is, and by their buttons", async () => {
  const { root } = await show();
  await byRole(root, "button", "About the engine").click();
  await expect.element(within(root).getByText(/space steps; n and b go/)).toBeVisible();
  await expect.element(byRole(root, "button", "Step")).toHaveAttribute("title", "key: space or n");
});
