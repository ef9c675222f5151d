import axe from "axe-core";
import { beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { createModel } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";

// As in a page that has come without TLS; tests/browser/test_copy.py reads what has been copied.
beforeEach(() => {
  const clipboard = vi.spyOn(navigator, "clipboard", "get");
  clipboard.mockReturnValue(undefined as unknown as Clipboard);
  return () => clipboard.mockRestore();
});

async function show(more = {}) {
  const model = createModel({}, more);
  const mounted = mount(model);
  await painted(mounted.root);
  const answer = (what: string, reply: Record<string, unknown>, bytes?: Uint8Array) => {
    const asked = model.sent.filter(({ type }) => type === "copy").at(-1);
    expect(asked.what).toBe(what);
    const { view } = asked;
    model.emit("msg:custom", { type: "copy", view, what, ...reply }, bytes ? [bytes] : []);
  };
  return { model, ...mounted, answer };
}

const said = (root: HTMLElement) => within(root).getByRole("group", { name: "copy" });

test("what the browser refuses to copy is shown, selected", async () => {
  const { root, answer } = await show();
  const open = byRole(root, "button", "Copy");
  await expect.element(open).toHaveAttribute("aria-expanded", "false");
  await open.click();
  await expect.element(open).toHaveAttribute("aria-expanded", "true");
  expect(byRole(root, "button", "Link").query()).toBeNull(); // nobody could follow it
  await byRole(root, "button", "Script").click();
  answer("script", {}, new TextEncoder().encode("# é <b>\nprint(1)\n"));
  const text = byRole(root, "textbox", "text to copy");
  await expect.element(text).toHaveValue("# é <b>\nprint(1)\n");
  const area = text.element() as HTMLTextAreaElement;
  expect([area.selectionStart, area.selectionEnd]).toEqual([0, area.value.length]);
  expect(document.activeElement).toBe(area);
  const file = within(root).getByRole("link", { name: "Save as a file" });
  await expect.element(file).toHaveAttribute("download", "gradwidget.py");
  const saved = await fetch((file.element() as HTMLAnchorElement).href);
  expect(await saved.text()).toBe("# é <b>\nprint(1)\n");
  await open.click();
  await open.click();
  expect(text.query()).toBeNull();
});

test("what cannot be copied is said, and a late answer is nobody's", async () => {
  const { root, model, answer } = await show();
  await byRole(root, "button", "Copy").click();
  await byRole(root, "button", "SVG").click();
  await byRole(root, "button", "CSV").click();
  answer("csv", { message: "There are no draws yet." });
  await expect.element(said(root)).toHaveTextContent("There are no draws yet.");
  const { view } = model.sent.at(-1);
  model.emit("msg:custom", { type: "copy", view, what: "svg" }, [new Uint8Array(3)]);
  await expect.element(said(root)).toHaveTextContent("There are no draws yet.");
});

test("the keyboard is enough, and the menu can be left out", async () => {
  const { root, model } = await show();
  (byRole(root, "button", "Copy").element() as HTMLElement).focus();
  await userEvent.keyboard("{Enter}{Tab}");
  await until(() => !said(root).element().hasAttribute("hidden"), "it is open");
  (byRole(root, "button", "Python line").element() as HTMLElement).focus();
  await userEvent.keyboard(" ");
  expect(model.sent.at(-1)).toMatchObject({ type: "copy", what: "python" });
  model.set("controls", ["x", "step"]);
  await until(() => byRole(root, "button", "Copy").query() === null, "it is left out");
  expect(byRole(root, "button", "PNG").query()).toBeNull();
  model.set("controls", ["x", "copy"]);
  await expect.element(byRole(root, "button", "Copy")).toBeVisible();
});

test.each(["light", "dark"])("axe finds nothing, %s", async (theme) => {
  const { root, el, answer } = await show();
  el.setAttribute("data-theme", theme);
  el.style.background = theme === "dark" ? "#14171c" : "#ffffff";
  await until(() => root.dataset.theme === theme, theme);
  await byRole(root, "button", "Copy").click();
  await byRole(root, "button", "CSV").click();
  answer("csv", {}, new TextEncoder().encode("chain,draw,x\n0,0,1.5\n"));
  await expect.element(byRole(root, "textbox", "text to copy")).toBeVisible();
  const found = await axe.run(root, { rules: { region: { enabled: false } } });
  expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});
