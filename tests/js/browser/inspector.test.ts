import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { ramp, shade } from "../../../js/draw/map.ts";
import { moved } from "../../../js/panels/map.ts";
import { STATUSES } from "../../../js/state/protocol.ts";
import { createModel, Kernel, type Model } from "../support/host.ts";
import { mapPack, reportPack } from "../support/inspector.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";
import { framePack, VALUES } from "../support/power.ts";

const WRONG = { x: 0.18, solver: "bfgs" };

async function showLive(values = {}, width = "1150px") {
  const model = createModel(values);
  new Kernel(model, 5);
  const mounted = mount(model, { width });
  await painted(mounted.root, 2);
  return { model, ...mounted };
}

const asked = (model: Model, type: string) => model.sent.filter((sent) => sent.type === type);

const find = <Kind extends HTMLElement>(root: HTMLElement, selector: string) =>
  root.querySelector(selector) as Kind;

/** How many pixels of a part of a canvas satisfy a condition. */
function count(
  canvas: HTMLCanvasElement,
  [left, top, width, height]: [number, number, number, number],
  is: (r: number, g: number, b: number) => boolean,
) {
  const ratio = canvas.width / canvas.clientWidth;
  const box = [left, top, width, height].map((n) => Math.round(n * ratio)) as [
    number,
    number,
    number,
    number,
  ];
  const data = canvas.getContext("2d")?.getImageData(...box).data ?? [];
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, alpha] = data.slice(i, i + 4) as unknown as number[];
    if ((alpha as number) > 128 && is(r as number, g as number, b as number)) found++;
  }
  return found;
}

const isDark = (r: number, g: number, b: number) => r + g + b < 330;

describe("the check of the rule", () => {
  test("says what fails first, why and what to do; what passes is folded", async () => {
    const { root, model } = await showLive(WRONG);
    await byRole(root, "button", "Check the rule").click();
    const region = byRole(root, "region", "Check of the rule");
    await expect.element(region).toBeVisible();
    expect(asked(model, "check")).toHaveLength(1);
    await expect
      .element(region.getByRole("heading", { level: 3 }))
      .toHaveTextContent("6 of 10 checks fail");
    const table = byRole(root, "table", "Checks that do not pass").element();
    const chips = [...table.querySelectorAll(".gw-chip")].map((chip) => chip.textContent);
    expect(chips).toEqual(["fails", "cannot be judged", "does not apply"]);
    expect(table.querySelector(".gw-cause")?.textContent).toContain("did not converge");
    expect(table.querySelector(".gw-cause")?.textContent).toContain("Let the solver converge.");
    const cells = [...table.querySelectorAll("tbody:nth-of-type(1) tr:nth-child(2) > *")];
    expect(cells.map((cell) => cell.textContent)).toEqual([
      ...["forward", "x", "first", "float64", "4.7e-2", "1.0e-5"],
    ]);
    expect(region.element().textContent).toContain("At x = 0.18; p = 3");
    expect(region.element().textContent).toContain("Solver: bfgs.");
    const passes = region.element().querySelector("details") as HTMLDetailsElement;
    expect(passes.open).toBe(false);
    expect(passes.querySelector("summary")?.textContent).toBe("4 checks pass");
    passes.querySelector("summary")?.click();
    await expect.element(byRole(root, "table", "Checks that pass")).toBeVisible();
  });

  test("while it is being made the page goes on, and it tells when it is out of date", async () => {
    const model = createModel(WRONG);
    const { root } = mount(model);
    await painted(root);
    const button = byRole(root, "button", "Check the rule");
    await button.click();
    await expect.element(within(root).getByText(/checking the rule/)).toBeVisible();
    expect((button.element() as HTMLButtonElement).disabled).toBe(true);
    await byRole(root, "spinbutton", "x").fill("0.5");
    await userEvent.keyboard("{Enter}");
    expect(asked(model, "change").at(-1)?.values).toEqual({ x: 0.5 });
    const answer = (x: number, number: number) =>
      model.emit("msg:custom", { type: "check" }, [
        reportPack({ ...VALUES, ...WRONG, x }, { number }),
      ]);
    answer(0.18, 7);
    const stale = () => find(root, ".gw-report .gw-report-head .gw-chip");
    await until(() => stale() && !find(root, ".gw-report").hidden, "the report");
    expect(stale().textContent).toBe("for earlier values");
    expect(stale().hidden).toBe(false);
    await button.click();
    answer(0.5, 8);
    await until(() => stale().hidden, "up to date");
    expect(root.textContent).toContain("no fault found");
    await byRole(root, "button", "Close").click();
    expect(find(root, ".gw-report").hidden).toBe(true);
    expect(document.activeElement).toBe(button.element());
  });

  test("if it cannot be made, the button is there again", async () => {
    const model = createModel(WRONG);
    const { root } = mount(model);
    await painted(root);
    const button = byRole(root, "button", "Check the rule");
    await button.click();
    const refused = { type: "error", view: null, message: "p must be > 1", accepted: { p: 3 } };
    model.emit("msg:custom", { ...refused, names: ["p"] });
    await until(() => root.querySelector("[role=alert]"), "alert");
    expect((button.element() as HTMLButtonElement).disabled).toBe(true);
    model.emit("msg:custom", { type: "error", view: null, names: [], message: "it raised" });
    await until(() => !(button.element() as HTMLButtonElement).disabled, "enabled");
    expect(find(root, ".gw-report").hidden).toBe(true);
  });

  test("what another view asked for does not open here", async () => {
    const { root, model } = await showLive(WRONG);
    model.emit("msg:custom", { type: "check" }, [reportPack(VALUES, { number: 9 })]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(find(root, ".gw-report").hidden).toBe(true);
  });
});

describe("the ribbon of the solver's status", () => {
  test("is patterned where the solver stopped early, and its legend tells what occurs", async () => {
    const { root } = await showLive(WRONG);
    const legend = [...root.querySelectorAll(".gw-plot-error .gw-legend .gw-key")];
    expect(legend.map((key) => key.textContent)).toEqual(["converged", "zoom failed"]);
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-error canvas");
    expect(canvas.getAttribute("aria-label")).toMatch(
      /The solver: converged on 9\d % of the points, zoom failed on|zoom failed on \d/,
    );
    const strip = [42, canvas.clientHeight - 10, canvas.clientWidth - 54, 8] as const;
    expect(count(canvas, [...strip], isDark)).toBeGreaterThan(40);
  });

  test("is plain where all is well", async () => {
    const { root } = await showLive();
    const legend = [...root.querySelectorAll(".gw-plot-error .gw-legend .gw-key")];
    expect(legend.map((key) => key.textContent)).toEqual(["converged"]);
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-error canvas");
    const strip = [42, canvas.clientHeight - 10, canvas.clientWidth - 54, 8] as const;
    expect(count(canvas, [...strip], isDark)).toBe(0);
    expect(count(canvas, [...strip], () => true)).toBeGreaterThan(1000);
  });

  test("is told where the reader points", async () => {
    const { root } = await showLive(WRONG);
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-error canvas");
    const stage = canvas.parentElement as HTMLElement;
    const box = stage.getBoundingClientRect();
    const readout = () => find(root, ".gw-plot-error .gw-readout").textContent ?? "";
    const found = new Set<string>();
    for (let left = 50; left < box.width - 20; left += 6) {
      const clientX = box.left + left;
      stage.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY: box.top + 20 }));
      await new Promise(requestAnimationFrame);
      found.add(readout().split("; ")[1] ?? "");
    }
    expect([...found].sort()).toEqual(["solver: converged", "solver: zoom failed"]);
  });

  test("every status has a name in the page", () => {
    expect(STATUSES.converged).toBe(0);
    expect(new Set(Object.values(STATUSES)).size).toBe(Object.keys(STATUSES).length);
  });
});

describe("the map over x and p", () => {
  test("is asked for by its button, drawn, described, and put away again", async () => {
    const { root, model } = await showLive(WRONG);
    const button = byRole(root, "button", "Map");
    expect(find(root, ".gw-plot-map")).toBeNull();
    expect(asked(model, "map")).toHaveLength(0);
    await button.click();
    await until(() => find(root, ".gw-plot-map canvas"), "its place");
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-map canvas");
    await until(() => canvas.getAttribute("aria-label")?.includes("largest"), "the map");
    expect(asked(model, "map").map(({ parameter }) => parameter)).toEqual(["p"]);
    expect(canvas.getAttribute("aria-label")).toMatch(
      /x from -10.0 to 10.0 and p from 1.05 to 6.00: wrong on 7.5 % of it, cannot be judged on 0.2 %; the largest error, 4.7e-2/,
    );
    expect(find(root, ".gw-plot-map .gw-note").textContent).toContain("go there");
    expect(button.element().getAttribute("aria-expanded")).toBe("true");
    await button.click();
    expect(find(root, ".gw-plot-map")).toBeNull();
  });

  test("is dark where the error is large, pale where it is small, hatched where it is wrong", async () => {
    const { root } = await showLive(WRONG);
    await byRole(root, "button", "Map").click();
    await until(() => find(root, ".gw-plot-map canvas"), "its place");
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-map canvas");
    await until(() => canvas.getAttribute("aria-label")?.includes("largest"), "the map");
    const isDeep = (r: number, g: number, b: number) => g < 60 && r > 20 && b > r;
    const isWhite = (r: number, g: number, b: number) => r + g + b > 750;
    const [width, height] = [canvas.clientWidth - 54, canvas.clientHeight - 32];
    const all = [42, 8, width, height] as [number, number, number, number];
    const deep = count(canvas, all, isDeep);
    expect(deep / (width * height)).toBeGreaterThan(0.05);
    expect(deep / (width * height)).toBeLessThan(0.3);
    // The hatching's lines are white.
    expect(count(canvas, all, isWhite)).toBeGreaterThan(200);
  });

  test("a click goes there, in x and in the parameter at once", async () => {
    const { root, model } = await showLive();
    await byRole(root, "button", "Map").click();
    const pad = find(root, ".gw-map-pad");
    await until(() => find(root, ".gw-plot-map canvas")?.ariaLabel?.includes("largest"), "the map");
    const box = pad.getBoundingClientRect();
    const at = { clientX: box.right - 12 - 3, clientY: box.top + 10, bubbles: true };
    pad.dispatchEvent(new PointerEvent("pointermove", at));
    expect(find(root, ".gw-plot-map .gw-readout").textContent).toMatch(
      /^x = (9|10)\S*, p = (5.9|6.0)\S*: .*agree; solver: converged$/,
    );
    const before = asked(model, "change").length;
    pad.dispatchEvent(new MouseEvent("click", at));
    const changes = asked(model, "change").slice(before);
    expect(changes).toHaveLength(1);
    expect(changes[0].settled).toBe(true);
    expect(Object.keys(changes[0].values).sort()).toEqual(["p", "x"]);
    expect(model.get("p")).toBeGreaterThan(5.8);
    expect(model.get("x")).toBeGreaterThan(9);
    expect(model.saved).toEqual(expect.arrayContaining(["p", "x"]));
  });

  test("arrow keys move a cursor, which is told, and Enter goes there", async () => {
    const { root, model } = await showLive();
    await byRole(root, "button", "Map").click();
    await until(() => find(root, ".gw-plot-map canvas")?.ariaLabel?.includes("largest"), "the map");
    const pad = find(root, ".gw-map-pad");
    pad.focus();
    await userEvent.keyboard("{ArrowRight}{ArrowUp}");
    const readout = find(root, ".gw-plot-map .gw-readout");
    expect(readout.textContent).toMatch(/^x = 0\.3\d*, p = 3\.\d*:/);
    expect(readout.getAttribute("aria-live")).toBe("polite");
    expect(find(root, ".gw-map-cursor").hidden).toBe(false);
    await userEvent.keyboard("{Enter}");
    expect(model.get("p")).toBeCloseTo(3.1538, 3);
    expect(model.get("x")).toBeGreaterThan(0.31415);
    await userEvent.keyboard("{Escape}");
    expect(find(root, ".gw-map-cursor").hidden).toBe(true);
  });

  test("it is asked for again when what it depends on settles, and only then", async () => {
    const { root, model } = await showLive(WRONG);
    await byRole(root, "button", "Map").click();
    const isDone = () => find(root, ".gw-plot-map")?.hasAttribute("data-pending") === false;
    await until(() => asked(model, "map").length === 1 && isDone(), "the first");
    const type = async (name: string, text: string) => {
      await byRole(root, "spinbutton", name).fill(text);
      await userEvent.keyboard("{Enter}");
      await new Promise((resolve) => setTimeout(resolve, 60));
    };
    await type("x", "0.4");
    await type("p", "2.5");
    expect(asked(model, "map")).toHaveLength(1);
    model.onSend = null;
    const values = { ...VALUES, x: 0.4, p: 2.5, solver: "safeguarded" };
    const frame = (number: number, settled: boolean) =>
      model.emit("msg:custom", { type: "frame" }, [framePack(values, { number, settled })]);
    frame(100, false);
    expect(asked(model, "map")).toHaveLength(1);
    frame(101, true);
    expect(asked(model, "map")).toHaveLength(2);
    await until(() => !isDone(), "computing");
    expect(find(root, ".gw-plot-map .gw-note").textContent).toContain("computing");
    const map = (number: number, solver: string) =>
      model.emit("msg:custom", { type: "map" }, [mapPack({ ...values, solver }, "p", { number })]);
    map(102, "bfgs");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(isDone()).toBe(false);
    map(103, "safeguarded");
    await until(isDone, "the new one");
    expect(find(root, ".gw-plot-map canvas").ariaLabel).toContain("wrong on 0 % of it");
  });

  test("its x axis follows the error plot's", async () => {
    const { root } = await showLive(WRONG);
    await byRole(root, "button", "Map").click();
    await until(() => find(root, ".gw-plot-map canvas"), "its place");
    const canvas = find<HTMLCanvasElement>(root, ".gw-plot-map canvas");
    await until(() => canvas.ariaLabel?.includes("largest"), "the map");
    const here = () => find(root, ".gw-plot-map .gw-overlay .gw-map-here").style.transform;
    const before = here();
    const picture = canvas.toDataURL();
    await byRole(root, "button", "log x axis").click();
    await until(() => here() !== before, "the marker moves");
    expect(canvas.toDataURL()).not.toBe(picture);
  });

  test("with several parameters one is chosen; without any there is no map", async () => {
    const spec = createModel().get("_spec") as { parameters: { name: string; label: string }[] };
    const [p] = spec.parameters;
    const two = { ...spec, parameters: [p, { ...p, name: "a", label: "a" }] };
    const model = createModel({ a: 2 }, { _spec: two });
    const { root } = mount(model);
    await painted(root);
    await byRole(root, "button", "Map").click();
    await byRole(root, "combobox", "map parameter").selectOptions("a");
    expect(asked(model, "map").map(({ parameter }) => parameter)).toEqual(["p", "a"]);
    const none = mount(createModel({}, { _spec: { ...spec, parameters: [] } }));
    await painted(none.root);
    expect(byRole(none.root, "button", "Map").query()).toBeNull();
  });

  test("keys go ten cells with Shift and stay inside", () => {
    const key = (name: string, shiftKey = false) =>
      new KeyboardEvent("keydown", { key: name, shiftKey });
    expect(moved([5, 5], key("ArrowLeft", true), 20, 10)).toEqual([0, 5]);
    expect(moved([5, 5], key("PageUp"), 20, 10)).toEqual([5, 9]);
    expect(moved([5, 5], key("End"), 20, 10)).toEqual([19, 5]);
    expect(moved([5, 5], key("a"), 20, 10)).toBeNull();
  });

  test("the colour scale is monotone in lightness in both themes, and clamps", async () => {
    const { root } = await showLive();
    const lightness = (theme: string) => {
      root.dataset.theme = theme;
      const style = getComputedStyle(root);
      const stops = [1, 2, 3, 4, 5].map((i) => style.getPropertyValue(`--gw-heat-${i}`).trim());
      return ramp(stops, 24).map((color) => {
        const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map(Number);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      });
    };
    const light = lightness("light");
    const dark = lightness("dark");
    expect(light).toEqual([...light].sort((a, b) => b - a));
    expect(dark).toEqual([...dark].sort((a, b) => a - b));
    expect(shade(0, [-16, 0])).toBe(0);
    expect(shade(1e-8, [-16, 0])).toBeCloseTo(0.5);
    expect(shade(Number.POSITIVE_INFINITY, [-16, 0])).toBe(1);
    expect(shade(Number.NaN, [-16, 0])).toBeNaN();
  });
});

describe("the table's messages", () => {
  const LONG = `The inner problem has a kink here: the slopes of h jump, and every number in
    [-0.125, 0.875] is a subgradient; the rule gives the one of least size, and so does the closed form.`;

  const withMessages = (model: Model) => {
    const frame = framePack({ ...VALUES, ...WRONG }, { number: 5 });
    // Messages are in the header; the arrays stay as they are.
    const length = frame.getUint32(0, true);
    const bytes = new Uint8Array(frame.buffer);
    const header = JSON.parse(new TextDecoder().decode(bytes.slice(4, 4 + length)));
    header.rows[0].message = LONG;
    header.rows[1].message = "short";
    const last = header.rows[3];
    header.rows.push({ ...last, name: "jax.jvp", message: "computed when nothing moves" });
    header.rows[2].message = "± 2e-6";
    let text = JSON.stringify(header);
    const size = () => new TextEncoder().encode(text).length;
    while ((4 + size()) % 8) text += " ";
    const rest = bytes.slice(4 + length);
    const packed = new DataView(new ArrayBuffer(4 + size() + rest.length));
    packed.setUint32(0, size(), true);
    new Uint8Array(packed.buffer).set(new TextEncoder().encode(text), 4);
    new Uint8Array(packed.buffer).set(rest, 4 + size());
    model.emit("msg:custom", { type: "frame" }, [packed]);
  };

  test("are below their row; a long one opens and stays open", async () => {
    const model = createModel(WRONG);
    const { root } = mount(model);
    await painted(root);
    withMessages(model);
    await painted(root, 5);
    const remarks = [...root.querySelectorAll(".gw-remark")];
    expect(remarks).toHaveLength(2);
    expect(remarks[0]?.previousElementSibling?.textContent).toContain("argmin custom_jvp");
    expect(remarks[1]?.textContent).toBe("short");
    const more = remarks[0]?.querySelector("button") as HTMLButtonElement;
    const words = more.previousElementSibling as HTMLElement;
    expect(words.textContent).toContain("[-0.125, 0.875]");
    more.click();
    expect(more.textContent).toBe("less");
    expect(more.getAttribute("aria-expanded")).toBe("true");
    expect(words.scrollWidth).toBeLessThanOrEqual(words.clientWidth);
    const jax = [...root.querySelectorAll(".gw-table .gw-link")].at(-1) as HTMLButtonElement;
    const message = jax.previousElementSibling as HTMLElement;
    expect(message.textContent).toContain("Reverse-mode");
    jax.click();
    expect(message.scrollWidth).toBeLessThanOrEqual(message.clientWidth);
    const verdict = (row: Element | null | undefined) => row?.querySelector(".gw-verdict");
    const rows = [...root.querySelectorAll(".gw-table tbody tr")];
    expect(verdict(jax.closest("tr"))?.textContent).toBe("JAX cannot");
    expect(rows.at(-1)?.textContent).toContain("computed when nothing moves");
    expect(verdict(rows.at(-1))?.textContent).toBe("");
  });
});

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test("axe finds nothing, and at 360 pixels nothing overflows", { timeout: 30_000 }, async () => {
    document.documentElement.lang = "en";
    const page = document.createElement("main");
    page.style.background = theme === "dark" ? "#111" : "#fff";
    document.body.append(page);
    const model = createModel(WRONG);
    new Kernel(model, 5);
    const { root, el } = mount(model, { into: page });
    await painted(root, 2);
    expect(root.dataset.theme).toBe(theme);
    await byRole(root, "button", "Map").click();
    await byRole(root, "button", "Check the rule").click();
    await until(() => !find(root, ".gw-report").hidden, "report");
    find<HTMLDetailsElement>(root, ".gw-passes").open = true;
    find(root, ".gw-map-pad").focus();
    await userEvent.keyboard("{ArrowUp}");
    const look = async () => {
      const { violations } = await axe.run(root, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        rules: { "page-has-heading-one": { enabled: false } },
      });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join("; ")}`);
    };
    expect(await look()).toEqual([]);
    el.style.width = "360px";
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const frame of root.querySelectorAll(".gw-table-frame, .gw-plot, .gw-report, .gw-rule")) {
      expect(frame.scrollWidth).toBeLessThanOrEqual(frame.clientWidth);
    }
    expect(await look()).toEqual([]);
    page.remove();
  });
});
