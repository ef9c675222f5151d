// The widget in the test's page.
import { onTestFinished } from "vitest";
import { page } from "vitest/browser";
import "../../../js/style/widget.css";
import widget from "../../../js/index.ts";
import type { Model } from "./host.ts";

export interface Mounted {
  el: HTMLElement;
  root: HTMLElement;
  dispose(): void;
}

let views = 0;

/** Finds what is inside one view. */
export function within(root: HTMLElement) {
  return page.getByTestId(root.parentElement?.dataset.testid as string);
}

export function byRole(root: HTMLElement, role: AriaRole, name: string) {
  return within(root).getByRole(role, { name, exact: true });
}

type AriaRole = Parameters<typeof page.getByRole>[0];

/** Renders a view of the model; it is taken away when the test ends. */
export function mount(model: Model, options: { width?: string; into?: Node } = {}): Mounted {
  const el = document.createElement("div");
  el.dataset.testid = `view-${++views}`;
  el.style.width = options.width ?? "1150px";
  (options.into ?? document.body).appendChild(el);
  const end = new AbortController();
  const props = { model: model.asAnyModel(), el, signal: end.signal };
  const dispose = widget.render(props as unknown as Parameters<typeof widget.render>[0]);
  onTestFinished(() => {
    end.abort();
    el.remove();
  });
  return { el, root: el.querySelector(".gradwidget") as HTMLElement, dispose };
}

/** Waits until a condition holds. */
export async function until(condition: () => unknown, what: string): Promise<void> {
  const end = performance.now() + 4000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Waits until the newest state is on the screen. */
export async function painted(root: HTMLElement, number = 1): Promise<void> {
  await until(() => Number(root.dataset.painted ?? -1) >= number, `painted ${number}`);
}
