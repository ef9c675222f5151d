import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import widget from "../../../js/index.ts";
import css from "../../../js/style/widget.css?inline";
import { createModel, Kernel, type Model } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";
import { framePack, VALUES } from "../support/power.ts";

const WRONG = { x: 0.18, solver: "bfgs" };
const errors: string[] = [];
const note = (event: ErrorEvent) => errors.push(event.message);

beforeEach(() => {
  errors.length = 0;
  window.addEventListener("error", note);
});

afterEach(() => {
  window.removeEventListener("error", note);
  expect(errors).toEqual([]);
});

async function show(values = {}, more = {}) {
  const model = createModel(values, more);
  const mounted = mount(model);
  await painted(mounted.root);
  return { model, ...mounted };
}

async function showLive(values = {}, more = {}) {
  const model = createModel(values, more);
  new Kernel(model, 5);
  const mounted = mount(model);
  await painted(mounted.root, 2);
  return { model, ...mounted };
}

describe("what is there", () => {
  test("the first line is the answer", async () => {
    const { root } = await show(WRONG);
    const heading = within(root).getByRole("heading", { level: 2 });
    await expect.element(heading).toHaveTextContent("f′(0.18) = 0.4043 is wrong by 4.7 %");
    expect(root.textContent).toContain("its line search failed (status 3)");
    expect(root.querySelector(".gw-answer")?.getAttribute("data-tone")).toBe("wrong");
  });

  test("everything has its accessible name", async () => {
    const { root } = await showLive({}, { controls: "all" });
    for (const name of ["p", "x", "handle on the value curve", "handle on the gradient curve"]) {
      await expect.element(byRole(root, "slider", name)).toBeVisible();
    }
    for (const name of [
      ...["p", "x", "step size", "integration steps", "inverse mass"],
      ...["start position", "seed", "chains"],
    ]) {
      await expect.element(byRole(root, "spinbutton", name)).toBeVisible();
    }
    for (const name of ["solver", "precision", "algorithm", "preset"]) {
      await expect.element(byRole(root, "combobox", name)).toBeVisible();
    }
    for (const name of ["Step", "Run", "Reset", "Settings", "Next wrong place"]) {
      await expect.element(byRole(root, "button", name)).toBeVisible();
    }
    await expect.element(byRole(root, "table", "Gradients")).toBeVisible();
    for (const name of [
      ...["value", "gradient", "relative error", "inner residual", "time", "verdict"],
    ]) {
      await expect.element(byRole(root, "columnheader", name)).toBeVisible();
    }
    for (const name of [
      ...["argmin custom_jvp", "closed form", "finite difference", "jax.grad through the solver"],
    ]) {
      await expect.element(byRole(root, "rowheader", name)).toBeVisible();
    }
    await expect.element(within(root).getByRole("status")).toHaveTextContent("kernel");
    await expect.element(within(root).getByRole("status")).toHaveTextContent("live");
  });

  test("the sliders are found by their letters, and by nothing else", async () => {
    const { root } = await show();
    for (const letter of ["p", "x"]) {
      const found = within(root).getByRole("slider", { name: letter }).elements();
      expect(found).toHaveLength(1);
    }
  });

  test("every canvas says what it shows, and says it anew", async () => {
    const { root, model } = await showLive(WRONG);
    const canvases = [...root.querySelectorAll("canvas")];
    expect(canvases).toHaveLength(8);
    for (const canvas of canvases) {
      expect(canvas.getAttribute("role")).toBe("img");
      expect(canvas.getAttribute("aria-label")?.length).toBeGreaterThan(30);
    }
    const error = root.querySelector(".gw-plot-error canvas") as HTMLCanvasElement;
    expect(error.getAttribute("aria-label")).toContain("6 wrong places");
    expect(error.getAttribute("aria-label")).toContain("at x = 0.1800 it is 4.7e-2");
    model.set("x", 0.5);
    await until(() => error.getAttribute("aria-label")?.includes("x = 0.5000"), "new label");
  });

  test("the table tells numbers, the reference, what is absent, and JAX's own message", async () => {
    const { root } = await show(WRONG);
    const cells = (row: number) =>
      [...root.querySelectorAll(`tbody tr:nth-child(${row}) > *`)].map((cell) => cell.textContent);
    expect(cells(1)).toEqual([
      "argmin custom_jvp",
      "0.05074564",
      "0.4043237",
      "4.7e-2",
      "1.7e-2",
      "25 µs",
      "not converged",
    ]);
    expect(cells(2).slice(1, 5)).toEqual(["0.05091169", "0.4242641", "reference", "—"]);
    expect(cells(3).slice(1, 3)).toEqual(["—", "0.4242641 ± 2e-6"]);
    expect(cells(4)[1]).toContain("Reverse-mode differentiation does not work");
    expect(cells(4)[2]).toBe("JAX cannot");
    expect(root.querySelector("tbody tr:nth-child(2) .gw-absent")?.getAttribute("title")).toBe(
      "does not apply",
    );
  });

  test("settings are behind a button unless all controls are asked for", async () => {
    const { root, model } = await show();
    const settings = byRole(root, "button", "Settings");
    expect(settings.element().getAttribute("aria-expanded")).toBe("false");
    expect(byRole(root, "combobox", "solver").query()).toBeNull();
    await settings.click();
    await expect.element(byRole(root, "combobox", "solver")).toBeVisible();
    expect(settings.element().getAttribute("aria-expanded")).toBe("true");
    model.set("controls", "simple");
    model.set("controls", "all");
    await expect.element(byRole(root, "combobox", "solver")).toBeVisible();
    const all = await show({}, { controls: "all" });
    await expect.element(byRole(all.root, "combobox", "solver")).toBeVisible();
  });

  test("headline, three plots and Step fit in 560 pixels at Jupyter's width", async () => {
    const { root } = await show(WRONG);
    const top = root.getBoundingClientRect().top;
    for (const name of ["inner", "value", "gradient"]) {
      const plot = root.querySelector(`.gw-plot-${name}`) as HTMLElement;
      expect(plot.getBoundingClientRect().bottom - top).toBeLessThan(400);
    }
    expect(byRole(root, "button", "Step").element().getBoundingClientRect().bottom).toBeLessThan(
      top + 560,
    );
  });

  test("data is text, never markup", async () => {
    const model = createModel();
    const frame = framePack(VALUES, { number: 2 });
    const evil = "<img src=x onerror=alert(1)>";
    const spec = { ...(model.get("_spec") as object), formula: evil, title: evil };
    model.set("_spec", spec);
    model.set("_frame", frame);
    const { root } = mount(model);
    await painted(root, 2);
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain(evil);
  });
});

describe("setting", () => {
  test("arrows, Page keys, Home and End move the sliders, and the kernel answers", async () => {
    const { root, model } = await showLive();
    const slider = byRole(root, "slider", "x").element() as HTMLInputElement;
    const field = byRole(root, "spinbutton", "x").element() as HTMLInputElement;
    slider.focus();
    const press = async (keys: string) => {
      await userEvent.keyboard(keys);
      await until(() => field.value === String(model.get("x")), "field follows");
      return model.get("x");
    };
    expect(await press("{ArrowRight}")).toBe(0.32415);
    expect(await press("{ArrowDown}")).toBe(0.31415);
    expect(await press("{PageUp}")).toBe(0.41415);
    expect(await press("{PageDown}")).toBe(0.31415);
    expect(await press("{End}")).toBe(1);
    expect(await press("{Home}")).toBe(-1);
    expect(slider.getAttribute("aria-valuetext")).toBe("-1");
    await until(() => root.textContent?.includes("f′(-1)"), "the answer at -1");
    expect(model.sent.filter(({ type }) => type === "change").at(-1)).toMatchObject({
      values: { x: -1 },
      settled: true,
    });
    expect(model.saved.at(-1)).toBe("x");
  });

  test("a typed value is taken on Enter and on leaving the field; Escape restores it", async () => {
    const { root, model } = await showLive();
    const field = byRole(root, "spinbutton", "p");
    await field.fill("2.5");
    expect(model.get("p")).toBe(3);
    await userEvent.keyboard("{Enter}");
    expect(model.get("p")).toBe(2.5);
    await field.fill("4");
    await userEvent.tab();
    expect(model.get("p")).toBe(4);
    await field.fill("9");
    await userEvent.keyboard("{Escape}");
    expect((field.element() as HTMLInputElement).value).toBe("4");
    expect(model.get("p")).toBe(4);
  });

  test("a value outside the slider's range but allowed widens it", async () => {
    const { root } = await showLive();
    await byRole(root, "spinbutton", "x").fill("5.84");
    await userEvent.keyboard("{Enter}");
    const slider = byRole(root, "slider", "x").element() as HTMLInputElement;
    await until(() => slider.max === "5.84", "wider");
    expect(slider.value).toBe("5.84");
  });

  test.each(["1", "0.5", "abc", "NaN", "Infinity", ""])(
    "p = “%s” is refused with a sentence; the field returns, nothing is sent",
    async (text) => {
      const { root, model } = await showLive();
      const before = model.sent.length;
      const headline = root.querySelector(".gw-headline")?.textContent;
      const field = byRole(root, "spinbutton", "p");
      await field.fill(text);
      await userEvent.keyboard("{Enter}");
      const alert = within(root).getByRole("alert");
      await expect.element(alert).toHaveTextContent("p must be a finite number greater than 1");
      expect((field.element() as HTMLInputElement).value).toBe("3");
      expect(model.get("p")).toBe(3);
      expect(model.sent).toHaveLength(before);
      expect(root.querySelector(".gw-headline")?.textContent).toBe(headline);
      await byRole(root, "button", "Dismiss").click();
      await until(() => alert.query() === null, "dismissed");
    },
  );

  test("what the kernel refuses returns, too, and the model holds what is accepted", async () => {
    const { root, model } = await showLive();
    model.set("p", 3);
    model.emit("msg:custom", {
      type: "error",
      view: null,
      seq: null,
      names: ["step_size"],
      message: "step_size must be a finite number greater than 0.",
      accepted: { step_size: 0.25 },
    });
    const alert = within(root).getByRole("alert");
    await expect.element(alert).toHaveTextContent("step_size must be");
    expect(model.get("step_size")).toBe(0.25);
    await byRole(root, "button", "Settings").click();
    const field = byRole(root, "spinbutton", "step size").element() as HTMLInputElement;
    expect(field.value).toBe("0.25");
  });

  test("a change in Python is shown", async () => {
    const { root, model } = await showLive();
    model.set("x", -0.25);
    const field = byRole(root, "spinbutton", "x").element() as HTMLInputElement;
    await until(() => field.value === "-0.25", "field");
    expect(model.sent.filter(({ type }) => type === "change")).toEqual([]);
  });

  test("a preset is asked for by name and its sentence shown", async () => {
    const { root, model } = await showLive({}, { controls: "all" });
    await userEvent.selectOptions(byRole(root, "combobox", "preset"), "wrong");
    expect(model.sent.at(-1)).toMatchObject({ type: "preset", name: "wrong" });
    await until(() => root.textContent?.includes("What to look at: At x = 0.18."), "the sentence");
    await until(() => root.textContent?.includes("is wrong by 4.7 %"), "the answer");
    await expect.element(byRole(root, "combobox", "solver")).toHaveValue("bfgs");
  });

  test("Next wrong place goes through the bands and says when there is none", async () => {
    const { root, model } = await showLive({ x: 0, solver: "bfgs" });
    const next = byRole(root, "button", "Next wrong place");
    const places: number[] = [];
    for (let i = 0; i < 7; i++) {
      await next.click();
      places.push(model.get("x") as number);
    }
    const bands = [0.045, 0.18, 5.8, -5.8, -0.18, -0.045, 0.045];
    places.forEach((x, i) => {
      expect(Math.abs(x / (bands[i] as number) - 1)).toBeLessThan(0.1);
    });
    const right = await show({ x: 0.5 });
    expect(byRole(right.root, "button", "Next wrong place").element()).toHaveProperty(
      "disabled",
      true,
    );
    expect(right.root.textContent).toContain("none here");
  });
});

describe("dragging", () => {
  const drag = (handle: HTMLElement, type: string, clientX: number) =>
    handle.dispatchEvent(
      new PointerEvent(type, { pointerId: 1, button: 0, clientX, clientY: 300, bubbles: true }),
    );

  function grab(root: HTMLElement, name: string) {
    const handle = byRole(root, "slider", name).element() as HTMLElement;
    // A synthetic pointer cannot be captured.
    handle.setPointerCapture = () => {};
    const box = handle.getBoundingClientRect();
    return { handle, start: box.left + box.width / 2 };
  }

  test.each(["value", "gradient"])("the handle of the %s plot moves x at once", async (plot) => {
    const { root, model } = await show();
    const { handle, start } = grab(root, `handle on the ${plot} curve`);
    expect(handle.getBoundingClientRect().width).toBeGreaterThanOrEqual(44);
    drag(handle, "pointerdown", start);
    drag(handle, "pointermove", start - 60);
    const x = model.get("x") as number;
    expect(x).toBeLessThan(0.1);
    const field = byRole(root, "spinbutton", "x").element() as HTMLInputElement;
    await until(() => Number(field.value) === x, "field follows without any answer");
    const box = handle.getBoundingClientRect();
    expect(Math.abs(box.left + box.width / 2 - (start - 60))).toBeLessThan(2);
    expect(root.querySelector(`.gw-plot-${plot} .gw-found`)?.hasAttribute("data-predicted")).toBe(
      true,
    );
    expect(model.saved).toEqual([]);
    drag(handle, "pointerup", start - 60);
    expect(model.saved).toEqual(["x"]);
  });

  test("120 events and a handler of 50 ms: one waits at most; the last value is answered", async () => {
    const model = createModel();
    let inFlight = 0;
    let most = 0;
    let answered = 0;
    let busy = Promise.resolve();
    model.onSend = (message) => {
      if (message.type !== "change") return;
      most = Math.max(most, ++inFlight);
      busy = busy.then(async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        inFlight--;
        answered++;
        const { seq, view } = message;
        const values = { ...VALUES, ...message.values };
        model.emit("msg:custom", { type: "frame", seq, view }, [
          framePack(values, { number: 1 + answered, seq, view }),
        ]);
      });
    };
    const { root } = mount(model);
    await painted(root);
    const { handle, start } = grab(root, "handle on the value curve");
    drag(handle, "pointerdown", start);
    for (let i = 1; i <= 120; i++) {
      drag(handle, "pointermove", start - i);
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    drag(handle, "pointerup", start - 120);
    const last = model.get("x");
    expect(most).toBeLessThanOrEqual(2);
    await until(() => inFlight === 0, "all answered");
    await painted(root, 1 + answered);
    const changes = model.sent.filter(({ type }) => type === "change");
    expect(changes.at(-1)).toMatchObject({ values: { x: last }, settled: true });
    expect(changes.length).toBeLessThan(60);
    expect(root.querySelector(".gw-found")?.hasAttribute("data-predicted")).toBe(false);
  });

  test("pointing at y* lights up its three places", async () => {
    const { root } = await show();
    const labels = [...root.querySelectorAll(".gw-found")] as HTMLElement[];
    expect(labels).toHaveLength(3);
    expect(new Set(labels.map((label) => label.querySelector("b")?.textContent)).size).toBe(1);
    await userEvent.hover(labels[1] as HTMLElement);
    await until(() => labels.every((label) => label.hasAttribute("data-on")), "all light up");
    await userEvent.unhover(labels[1] as HTMLElement);
    await until(() => labels.every((label) => !label.hasAttribute("data-on")), "all go out");
  });
});

describe("sampling", () => {
  test("before the first draw the page says what to do", async () => {
    const { root } = await show();
    const sentence = root.querySelector(".gw-sentence");
    expect(sentence?.textContent).toBe("Press Step: HMC draws a momentum");
    expect(sentence?.getAttribute("aria-live")).toBe("polite");
    expect(root.querySelector(".gw-plot-phase canvas")?.getAttribute("aria-label")).toContain(
      "The chain starts at position 1.000",
    );
  });

  test("Step tells the transition in a sentence, Reset forgets it", async () => {
    const { root, model } = await showLive();
    await byRole(root, "button", "Step").click();
    await until(() => root.textContent?.includes("5 leapfrog steps"), "sentence");
    expect(model.sent.some(({ type, action }) => type === "sampler" && action === "step")).toBe(
      true,
    );
    expect(root.querySelector(".gw-plot-density canvas")?.getAttribute("aria-label")).toContain(
      "Histogram of 1 draws",
    );
    expect(root.querySelector(".gw-plot-phase canvas")?.getAttribute("aria-label")).toContain(
      "leapfrog path of 5 steps",
    );
    await byRole(root, "button", "Reset").click();
    await until(() => root.textContent?.includes("Press Step"), "reset");
  });

  test("Run becomes Pause, gives credit for what it has painted, and is quiet meanwhile", async () => {
    const { root, model } = await showLive();
    await byRole(root, "button", "Run").click();
    await expect.element(byRole(root, "button", "Pause")).toBeVisible();
    const acks = () => model.sent.filter(({ type }) => type === "ack").map(({ batch }) => batch);
    await until(() => acks().length >= 5, "credit");
    expect(acks().slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(root.querySelector(".gw-sentence")?.getAttribute("aria-live")).toBe("off");
    await byRole(root, "button", "Pause").click();
    await expect.element(byRole(root, "button", "Run")).toBeVisible();
    const draws = () => root.querySelector(".gw-figure b")?.textContent;
    await until(
      () => root.querySelector(".gw-sentence")?.getAttribute("aria-live") === "polite",
      "",
    );
    const wait = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds));
    // What was on its way still arrives.
    await wait(100);
    const count = draws();
    await wait(200);
    expect(draws()).toBe(count);
    expect(root.textContent).toMatch(/ESS [\d,]+/);
  });

  test("there is one Step button, wherever the reader is", async () => {
    const { root } = await showLive();
    const steps = () => within(root).getByRole("button", { name: "Step" }).elements();
    expect(steps()).toHaveLength(1);
    const step = steps()[0] as HTMLElement;
    step.focus();
    root.querySelector(".gw-sampler")?.scrollIntoView({ block: "start" });
    await until(() => root.querySelector(".gw-sampler")?.contains(step), "moved down");
    expect(document.activeElement).toBe(step);
    expect(steps()).toHaveLength(1);
    root.scrollIntoView({ block: "start" });
    await until(() => root.querySelector(".gw-controls")?.contains(step), "moved up");
  });
});

describe("hosts", () => {
  test("two views of one model show the same, each asks under its own name", async () => {
    const model = createModel();
    new Kernel(model, 5);
    const first = mount(model);
    const second = mount(model);
    await painted(first.root, 2);
    await painted(second.root, 2);
    await byRole(first.root, "spinbutton", "x").fill("0.7");
    await userEvent.keyboard("{Enter}");
    const answer = (root: HTMLElement) => root.querySelector(".gw-claim")?.textContent;
    await until(() => answer(second.root)?.includes("f′(0.7)"), "the other view");
    expect(answer(first.root)).toContain("f′(0.7)");
    const field = byRole(second.root, "spinbutton", "x").element() as HTMLInputElement;
    expect(field.value).toBe("0.7");
    const views = new Set(model.sent.map(({ view }) => view));
    expect(views.size).toBe(2);
    first.dispose();
    await byRole(second.root, "button", "Step").click();
    await until(() => second.root.textContent?.includes("leapfrog steps"), "goes on");
  });

  test("after its end a view leaves no listener on the model and no element", async () => {
    const { model, root, el, dispose } = await showLive();
    expect(model.numListeners).toBeGreaterThan(5);
    const sent = model.sent.length;
    const slider = byRole(root, "slider", "x").element() as HTMLInputElement;
    dispose();
    expect(model.numListeners).toBe(0);
    expect(el.children).toHaveLength(0);
    slider.value = "0.9";
    slider.dispatchEvent(new Event("input"));
    window.dispatchEvent(new Event("resize"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(model.sent).toHaveLength(sent);
    expect(model.get("x")).toBe(0.31415);
    dispose();
  });

  const crippled: [string, (model: Model) => void][] = [
    ["lacks save_changes", (model) => Reflect.deleteProperty(model, "save_changes")],
    ["lacks send", (model) => Reflect.deleteProperty(model, "send")],
    ["lacks off", (model) => Reflect.deleteProperty(model, "off")],
    [
      "throws at everything",
      (model) => {
        const fail = () => {
          throw new Error("no kernel");
        };
        Object.assign(model, { save_changes: fail, send: fail, off: fail });
      },
    ],
  ];
  test.each(crippled)(
    "a host that %s shows the last state and lets x be moved",
    async (_, maim) => {
      const model = createModel();
      maim(model);
      const { root, dispose } = mount(model);
      await painted(root);
      await byRole(root, "spinbutton", "x").fill("0.5");
      await userEvent.keyboard("{Enter}");
      await byRole(root, "button", "Step").click();
      expect(root.querySelector(".gw-claim")?.textContent).toContain("0.3141");
      const slope = () => root.querySelector(".gw-plot-value .gw-found b")?.textContent;
      await until(() => Math.abs(Number(slope()) - Math.sqrt(0.5)) < 1e-3, "the last curve at 0.5");
      if (!model.send || _ === "throws at everything") {
        await expect
          .element(within(root).getByRole("status"))
          .toHaveTextContent("no kernel: what you see is the last computed state");
      }
      dispose();
    },
  );

  test("without signal, host or experimental it renders, too", async () => {
    const model = createModel();
    const el = document.createElement("div");
    el.style.width = "800px";
    document.body.append(el);
    const props = { model: model.asAnyModel(), el };
    const dispose = widget.render(props as unknown as Parameters<typeof widget.render>[0]);
    await painted(el.firstElementChild as HTMLElement);
    dispose();
    el.remove();
  });

  test("a view that has no width at first draws once it has one", async () => {
    const model = createModel();
    const { root, el } = mount(model, { width: "0px" });
    el.style.overflow = "hidden";
    el.style.display = "none";
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(root.dataset.painted).toBeUndefined();
    el.style.display = "";
    el.style.width = "900px";
    await painted(root);
    const canvas = root.querySelector(".gw-plot-value canvas") as HTMLCanvasElement;
    expect(canvas.width).toBeGreaterThan(200);
  });

  test("in a shadow root it works, and follows the theme outside", async () => {
    const outer = document.createElement("div");
    outer.dataset.jpThemeLight = "false";
    document.body.append(outer);
    const shadow = outer.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = css;
    shadow.append(style);
    const model = createModel();
    new Kernel(model, 5);
    const { root } = mount(model, { into: shadow });
    await painted(root, 2);
    expect(root.dataset.theme).toBe("dark");
    outer.dataset.jpThemeLight = "true";
    await until(() => root.dataset.theme === "light", "light again");
    outer.remove();
  });

  test("before its style sheet has come, the plots do not grow", async () => {
    const outer = document.createElement("div");
    document.body.append(outer);
    const { root } = mount(createModel(), { into: outer.attachShadow({ mode: "open" }) });
    const height = () => root.getBoundingClientRect().height;
    await painted(root);
    const first = height();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(height()).toBe(first);
    outer.remove();
  });

  test("an empty frame shows that the kernel is at work, and nothing breaks", async () => {
    const empty = new DataView(new ArrayBuffer(0));
    const status = { engine: "kernel", state: "compiling", text: "compiling bfgs" };
    const model = createModel({}, { _frame: empty, _status: status });
    const { root } = mount(model);
    await until(() => root.textContent?.includes("compiling bfgs"), "status");
    expect(root.dataset.painted).toBeUndefined();
    model.set("_frame", framePack(VALUES, { number: 3 }));
    await painted(root, 3);
  });

  test("an older frame does not undo a newer one", async () => {
    const { root, model } = await show();
    const send = (number: number, x: number) =>
      model.emit("msg:custom", { type: "frame", view: null, seq: null }, [
        framePack({ ...VALUES, x }, { number }),
      ]);
    send(9, 0.6);
    send(8, 0.2);
    await painted(root, 9);
    expect(root.querySelector(".gw-claim")?.textContent).toContain("f′(0.6)");
  });

  test("keys on whatever takes focus stay out of the notebook's reach", async () => {
    const { root } = await showLive({}, { controls: "all" });
    const focusable = [...root.querySelectorAll("button, input, select, summary, [tabindex]")];
    expect(focusable.length).toBeGreaterThan(20);
    for (const element of focusable) {
      expect(element.getAttribute("data-lm-suppress-shortcuts")).toBe("true");
    }
  });
});
