import axe from "axe-core";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { createModel, Kernel, type Model } from "../support/host.ts";
import { byRole, mount, painted, until, within } from "../support/mount.ts";
import { drawsPack, randomNumbers } from "../support/power.ts";

let root: HTMLElement;
let model: Model;

async function show(values = {}, more = {}, width = "1150px") {
  model = createModel(values, more);
  new Kernel(model, 2);
  ({ root } = mount(model, { width }));
  await painted(root, 2);
}

const press = (name: string) => byRole(root, "button", name).click();
const figures = () => root.querySelector(".gw-figures")?.textContent ?? "";
const sentence = () => root.querySelector(".gw-sentence")?.textContent ?? "";
const canvas = (plot: string) => root.querySelector(`.gw-plot-${plot} canvas`) as HTMLCanvasElement;
const label = (plot: string) => canvas(plot).getAttribute("aria-label") ?? "";
const asked = (action: string) =>
  model.sent.filter((message) => message.type === "sampler" && message.action === action);

async function steps(count: number) {
  for (let i = 1; i <= count; i++) {
    await press("Step");
    await until(() => label("trace").startsWith(`Trace of ${i} draws`), `draw ${i}`);
  }
}

/** Clicks a plot at a share of its width. */
function clickAt(plot: string, share: number) {
  const stage = root.querySelector(`.gw-plot-${plot} .gw-stage`) as HTMLElement;
  // A synthetic pointer cannot be captured.
  stage.setPointerCapture = () => {};
  const box = stage.getBoundingClientRect();
  const at = { clientX: box.left + share * box.width, clientY: box.top + 60, bubbles: true };
  for (const type of ["pointerdown", "pointerup"]) {
    stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0, ...at }));
  }
  stage.dispatchEvent(new MouseEvent("click", at));
}

describe("time travel", () => {
  beforeEach(async () => {
    await show();
    await steps(6);
  });

  test("Back takes one draw away", async () => {
    await press("Back");
    await until(() => figures().startsWith("draws 5"), "5 draws");
    expect(asked("back").at(-1)).toMatchObject({ n: 1 });
    expect(label("density")).toContain("Histogram of 5 draws");
    expect(label("trace")).toContain("Trace of 5 draws");
  });

  test("the keys of the slider draw show earlier draws; Latest returns", async () => {
    const slider = byRole(root, "slider", "draw");
    const last = sentence();
    expect(slider.element().getAttribute("aria-valuenow")).toBe("6");
    expect(byRole(root, "button", "Branch here").query()).toBeNull();
    (slider.element() as HTMLElement).focus();
    await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
    await until(() => sentence().startsWith("draw 4"), "the fourth");
    expect(slider.element().getAttribute("aria-valuetext")).toBe("draw 4 of 6");
    expect(sentence()).not.toBe(last);
    await userEvent.keyboard("{Home}");
    await until(() => sentence().startsWith("draw 1"), "the first");
    await press("Latest");
    await until(() => sentence() === last, "the last again");
    expect(asked("show").at(-1)).toMatchObject({ draw: null });
    expect(byRole(root, "button", "Latest").query()).toBeNull();
  });

  test("a click on the trace shows the draw there, a branch goes on from it", async () => {
    clickAt("trace", 0.15);
    await until(() => sentence().startsWith("draw 2"), "the second");
    await press("Branch here");
    await until(() => figures().startsWith("draws 2"), "2 draws");
    expect(asked("branch").at(-1)).toMatchObject({ draw: 2 });
    await press("Step");
    await until(() => figures().startsWith("draws 3"), "goes on");
    expect(byRole(root, "button", "Branch here").query()).toBeNull();
  });

  test("a scrub of 60 moves has at most two messages on their way, and ends on its last", async () => {
    let most = 0;
    let inFlight = 0;
    const answer = model.onSend;
    model.onSend = (message) => {
      if (message.action === "show") most = Math.max(most, ++inFlight);
      setTimeout(() => {
        if (message.action === "show") inFlight--;
        model.emit("msg:custom", { type: "error", view: message.view, seq: message.seq });
        answer?.(message);
      }, 20);
    };
    const slider = byRole(root, "slider", "draw").element() as HTMLElement;
    slider.focus();
    for (let i = 0; i < 60; i++) {
      const key = i % 2 ? "ArrowRight" : "ArrowLeft";
      slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    slider.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
    await until(() => sentence().startsWith("draw 1"), "the first");
    expect(most).toBeLessThanOrEqual(2);
    expect(asked("show").length).toBeLessThan(10);
  });

  test.each(["phase", "density"])(
    "Start here… then a click in the %s plot starts there",
    async (plot) => {
      const start = byRole(root, "button", "Start here…");
      await start.click();
      expect(start.element().getAttribute("aria-pressed")).toBe("true");
      clickAt(plot, 0.7);
      await until(() => figures() === "draws 0", "no draws");
      const { position } = asked("reset").at(-1) ?? {};
      expect(position).toBeGreaterThan(0.5);
      expect(position).toBeLessThan(3);
      expect(start.element().getAttribute("aria-pressed")).toBe("false");
      await until(() => label("phase").includes("starts at position"), "the new start");
      await press("Settings");
      const field = byRole(root, "spinbutton", "start position").element() as HTMLInputElement;
      expect(Number(field.value)).toBe(position);
    },
  );

  test("a click picks nothing unless asked to, and Escape ends the asking", async () => {
    clickAt("phase", 0.7);
    await press("Start here…");
    await userEvent.keyboard("{Escape}");
    await until(
      () =>
        byRole(root, "button", "Start here…").element().getAttribute("aria-pressed") === "false",
      "ended",
    );
    clickAt("density", 0.7);
    expect(asked("reset")).toEqual([]);
  });
});

describe("inside a transition", () => {
  beforeEach(async () => {
    await show();
    await steps(1);
  });

  const slider = () => byRole(root, "slider", "stage").element() as HTMLInputElement;

  test("every moment has its sentence, from the momentum to the decision", async () => {
    const whole = sentence();
    const told: string[] = [];
    // Start, 3 parts of 5 steps, flip, energy, probability, decision.
    for (let i = 0; i < 20; i++) {
      const before = sentence();
      await press("Next");
      await until(() => sentence() !== before, `moment ${i}`);
      told.push(sentence());
    }
    expect(told[0]).toMatch(/At position 1\.000 a momentum is drawn: [−\d.]+\.$/);
    expect(told[1]).toMatch(/^Leapfrog step 1 of 5, half kick: the gradient/);
    expect(told[2]).toMatch(/^Leapfrog step 1 of 5, drift: the momentum/);
    expect(told[15]).toMatch(/^Leapfrog step 5 of 5, half kick/);
    expect(told[16]).toMatch(/^Flip: the momentum/);
    expect(told[17]).toMatch(/^Energy: .* ΔH = /);
    expect(told[18]).toMatch(/^Accept with probability min\(1, exp\(−ΔH\)\) = /);
    expect(told[19]).toMatch(
      /accepted\. The chain moves from 1\.000 to|rejected\. The chain stays/,
    );
    expect(root.querySelector(".gw-sentence")?.getAttribute("aria-live")).toBe("polite");
    await press("Whole path");
    await until(() => sentence() === whole, "the whole path");
  });

  test("what it tells of a kick is what the gradient does", async () => {
    await press("First");
    await press("Next");
    await until(() => sentence().includes("half kick"), "kick");
    const [gradient, change] = (sentence().match(/gradient ([−\d.]+) .* by [+]?([−\d.]+) to/) ?? [])
      .slice(1)
      .map((text) => Number(text.replace("−", "-")));
    // At x = 1, p = 3: -x - f(x) f'(x) = -1 - 2/3.
    expect(gradient).toBeCloseTo(-1 - 2 / 3, 3);
    expect(change).toBeCloseTo((0.3 / 2) * (-1 - 2 / 3), 3);
  });

  test("the slider goes to any moment and the canvas changes; a new draw is whole again", async () => {
    const before = canvas("phase").toDataURL();
    slider().focus();
    await userEvent.keyboard("{Home}");
    await until(() => slider().getAttribute("aria-valuetext") === "1 of 20", "the first");
    await until(() => canvas("phase").toDataURL() !== before, "another picture");
    const first = canvas("phase").toDataURL();
    await userEvent.keyboard("{ArrowRight}");
    await until(() => sentence().includes("half kick"), "the second");
    await until(() => canvas("phase").toDataURL() !== first, "another picture");
    await press("Step");
    await until(() => slider().getAttribute("aria-valuetext") === "whole path", "whole");
  });

  test("the probability and the number drawn are a bar, from when they are known", async () => {
    const chance = root.querySelector(".gw-chance") as HTMLElement;
    expect(chance.getAttribute("aria-label")).toMatch(
      /^accept with probability [\d.]+; the number drawn is [\d.]+$/,
    );
    const numbers = chance.getAttribute("aria-label")?.match(/[\d.]+/g) ?? [];
    const [probability, uniform] = numbers.map(Number) as [number, number];
    const bar = chance.querySelector(".gw-chance-bar") as HTMLElement;
    const fill = bar.firstElementChild as HTMLElement;
    const needle = bar.lastElementChild as HTMLElement;
    expect(fill.offsetWidth / bar.offsetWidth).toBeCloseTo(probability, 1);
    expect((needle.offsetLeft + needle.offsetWidth / 2) / bar.offsetWidth).toBeCloseTo(uniform, 1);
    await press("First");
    await until(() => chance.hidden, "not known yet");
  });

  test.each([true, false])("Play slowly plays and stops (reduced motion: %s)", async (reduced) => {
    const media = { matches: reduced } as MediaQueryList;
    const spy = vi.spyOn(globalThis, "matchMedia").mockReturnValue(media);
    const seen = new Set<string>();
    await press("Play slowly");
    spy.mockRestore();
    await until(() => {
      seen.add(sentence());
      return seen.size >= 4;
    }, "three moments");
    await press("Stop");
    const at = slider().value;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(slider().value).toBe(at);
    await expect.element(byRole(root, "button", "Play slowly")).toBeVisible();
  });

  test("the energy plot tells the energy along the path, and each point when pointed at", async () => {
    expect(label("energy")).toMatch(/along 5 leapfrog steps: [+−\d.e]+ at the end, /);
    const stage = root.querySelector(".gw-plot-energy .gw-stage") as HTMLElement;
    const box = stage.getBoundingClientRect();
    stage.dispatchEvent(
      new PointerEvent("pointermove", { clientX: box.right - 18, clientY: box.top + 50 }),
    );
    const note = root.querySelector(".gw-plot-energy .gw-note") as HTMLElement;
    expect(note.textContent).toMatch(/^step 5: [+−\d.e]+$/);
    stage.dispatchEvent(new PointerEvent("pointerleave"));
    expect(note.textContent).toBe("above that of the start");
  });
});

describe("the sampler meets the gradient", () => {
  const stage = () => byRole(root, "slider", "stage").element() as HTMLInputElement;
  const x = () => Number((byRole(root, "spinbutton", "x").element() as HTMLInputElement).value);
  const error = () => canvas("error").getAttribute("aria-label") ?? "";

  test("each point of the path but its start is a tick; they appear as they are asked for", async () => {
    await show();
    await steps(1);
    await until(() => error().includes("The transition asked for 5 gradients"), "five");
    await press("First");
    await until(() => !error().includes("asked for"), "none yet");
    stage().value = "6";
    stage().dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => error().includes("asked for 2 gradients"), "two");
  });

  test("Next gradient goes from one to the next, with x and the transition", async () => {
    await show();
    await steps(1);
    const seen: number[] = [];
    for (const moment of [4, 7, 10, 13, 16, 4]) {
      await press("Next gradient");
      await until(() => stage().getAttribute("aria-valuetext") === `${moment} of 20`, "moment");
      expect(sentence()).toContain("half kick");
      seen.push(x());
    }
    expect(new Set(seen.slice(0, 5)).size).toBe(5);
    expect(seen[5]).toBe(seen[0]);
    // The momentum's change there is what the gradient at that x does.
    const gradient = Number(
      sentence()
        .match(/gradient ([−\d.]+)/)?.[1]
        ?.replace("−", "-"),
    );
    const at = seen[0] as number;
    const q = 1.5;
    expect(gradient).toBeCloseTo(-at - (Math.abs(at) ** q / q) * Math.sqrt(Math.abs(at)), 3);
  });

  test("a click on a tick follows the transition from there", async () => {
    await show();
    await steps(1);
    await press("Next gradient");
    await press("Next gradient");
    await until(() => stage().getAttribute("aria-valuetext") === "7 of 20", "the second");
    const second = x();
    await press("Next gradient");
    await until(() => x() !== second, "another");
    const area = root.querySelector(".gw-plot-error .gw-stage") as HTMLElement;
    const { errorScales } = await import("../../../js/draw/error.ts");
    const { errorGrid } = await import("../support/power.ts");
    const scales = errorScales(
      { width: area.clientWidth, height: area.clientHeight },
      { x: errorGrid(), error: new Float64Array([1e-16, 1]), scale: "symlog" },
    );
    const box = area.getBoundingClientRect();
    const at = {
      clientX: box.left + scales.x(second) + 2,
      clientY: box.top + scales.area.top + scales.area.height - 4,
      bubbles: true,
    };
    area.dispatchEvent(new MouseEvent("click", at));
    await until(() => stage().getAttribute("aria-valuetext") === "7 of 20", "the second again");
    expect(x()).toBe(second);
  });

  test("NUTS has a tick for each point of each doubling", async () => {
    await show({ algorithm: "nuts" });
    expect(byRole(root, "button", "Next gradient").element()).toHaveProperty("disabled", true);
    await steps(1);
    await until(() => error().includes("asked for 7 gradients"), "seven");
    await press("Next gradient");
    await until(() => error().includes("asked for 1 gradients"), "one doubling");
  });
});

describe("algorithms", () => {
  test("NUTS: the tree of doublings; integration steps are disabled with a reason", async () => {
    await show({ algorithm: "nuts" }, { controls: "all" });
    const field = byRole(root, "spinbutton", "integration steps").element() as HTMLInputElement;
    expect(field.disabled).toBe(true);
    const reason = document.getElementById(field.getAttribute("aria-describedby") ?? "");
    expect(reason?.textContent).toBe("NUTS decides");
    await steps(1);
    expect(label("phase")).toContain("NUTS: 3 doublings (forward, backward, forward), 8 points");
    expect(label("energy")).toContain("the doublings");
    expect(root.querySelector<HTMLElement>(".gw-chance")?.hidden).toBe(true);
    const told: string[] = [];
    for (let i = 0; i < 5; i++) {
      await press("Next");
      await until(() => sentence() !== told.at(-1) && !sentence().includes("→"), `moment ${i}`);
      told.push(sentence());
    }
    expect(told[1]).toBe("Doubling 1 goes forward in time: 1 more point.");
    expect(told[2]).toBe("Doubling 2 goes backward in time: 2 more points.");
    expect(told[3]).toBe("Doubling 3 goes forward in time: 4 more points.");
    expect(told[4]).toMatch(/^The path turns back on itself, and the doubling stops: point 5/);
  });

  test("MALA: no momentum, no mass, no warm-up, each with a reason", async () => {
    await show({ algorithm: "mala" }, { controls: "all" });
    await steps(1);
    expect(label("phase")).toMatch(/A proposal without momentum, from 1\.00 to [−\d.-]+, accepted/);
    expect(root.querySelector(".gw-plot-energy")?.textContent).toContain("MALA has no momentum");
    const mass = byRole(root, "spinbutton", "inverse mass").element() as HTMLInputElement;
    const warm = byRole(root, "button", "Warm up").element() as HTMLButtonElement;
    expect(mass.disabled).toBe(true);
    expect(warm.disabled).toBe(true);
    expect(root.querySelector(".gw-settings")?.textContent).toContain("MALA has no mass");
    expect(root.querySelector(".gw-settings")?.textContent).toContain("MALA has nothing to tune");
  });

  test("Warm up asks for as many draws as the field says and shows what it found", async () => {
    await show({}, { controls: "all" });
    await byRole(root, "spinbutton", "warm-up draws").fill("300");
    await userEvent.keyboard("{Enter}");
    await press("Warm up");
    expect(asked("warmup").at(-1)).toMatchObject({ n: 300 });
    await until(() => figures().includes("warm-up of 300 found"), "found");
    expect(figures()).toContain("step size 0.910, inverse mass 0.570");
    expect(label("trace")).toContain("Before them 300 draws of a warm-up");
  });

  test.each([
    ["0.5", 0.5],
    ["1, 2", [1, 2]],
    [
      "[[1, 0], [0, 2]]",
      [
        [1, 0],
        [0, 2],
      ],
    ],
  ])("an inverse mass may be %s", async (text, value) => {
    await show({}, { controls: "all" });
    await byRole(root, "spinbutton", "inverse mass").fill(text);
    await userEvent.keyboard("{Enter}");
    expect(model.get("inverse_mass_matrix")).toEqual(value);
  });

  test.each(["1, x", "[1, null]", "[1,", "-1"])("but not %s", async (text) => {
    await show({}, { controls: "all" });
    await byRole(root, "spinbutton", "inverse mass").fill(text);
    await userEvent.keyboard("{Enter}");
    expect(model.get("inverse_mass_matrix")).toBe(1);
    await expect.element(within(root).getByRole("alert")).toBeVisible();
  });
});

describe("break the gradient", () => {
  test("the scale has a slider and a field; both samplers are compared", async () => {
    await show({}, { controls: "all" });
    await expect.element(byRole(root, "slider", "gradient scale")).toBeVisible();
    expect(byRole(root, "table", "Right against scaled").query()).toBeNull();
    await byRole(root, "spinbutton", "gradient scale").fill("0.5");
    await userEvent.keyboard("{Enter}");
    await steps(3);
    const table = byRole(root, "table", "Right against scaled");
    await expect.element(table).toBeVisible();
    const rows = [...table.element().querySelectorAll("tbody tr")].map((row) => row.textContent);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toContain("right gradient");
    expect(rows[1]).toContain("gradient × 0.5");
    expect(rows[2]).toContain("0.753");
    expect(root.textContent).toContain("The histogram cannot show it");
    expect(label("phase")).toContain("Beside it the path with the right gradient");
    expect(label("energy")).toContain("With the right gradient");
    expect(root.querySelector(".gw-sampler .gw-section-title")?.textContent).toContain(
      "gradient × 0.5",
    );
    await byRole(root, "spinbutton", "gradient scale").fill("1");
    await userEvent.keyboard("{Enter}");
    await press("Step");
    await until(() => table.query() === null, "nothing to compare");
  });

  test("a kernel that does not know it has no slider for it", async () => {
    await show({ gradient_scale: undefined }, { controls: "all" });
    expect(byRole(root, "slider", "gradient scale").query()).toBeNull();
  });
});

describe("diagnostics", () => {
  const draws = (count: number, summary: Parameters<typeof drawsPack>[2], chains = 2) => {
    const random = randomNumbers(3);
    const values = Array.from({ length: chains }, () =>
      Array.from({ length: count }, () => 2 * random() - 1),
    );
    const divergent = values.map((chain) => chain.map((_, i) => (i === 7 ? 1 : 0)));
    model.emit("msg:custom", { type: "draws" }, [
      drawsPack(values, divergent, summary, { number: 99, first: 0, epoch: 5 }),
    ]);
  };
  const good = {
    acceptance_rate: 0.98,
    num_divergent: 0,
    ess: 900,
    ess_tail: 800,
    rhat: 1.001,
    ebfmi: 0.9,
    mean: 0.01,
    sd: 0.75,
    exact_mean: 0,
    exact_sd: 0.7527,
  };

  test("good numbers are plain", async () => {
    await show();
    draws(1000, good);
    await until(() => figures().includes("tail ESS 800"), "figures");
    expect(figures()).toContain("R-hat 1.001");
    expect(figures()).toContain("E-BFMI 0.90");
    expect(root.querySelectorAll(".gw-trouble")).toHaveLength(0);
  });

  test("bad ones have a colour, a shape and a reason", async () => {
    await show();
    const bad = { num_divergent: 2, ess: 50, ess_tail: 40, rhat: 1.2, ebfmi: 0.1, sd: 0.2 };
    draws(1000, { ...good, ...bad });
    await until(() => root.querySelector(".gw-trouble"), "trouble");
    const troubles = [...root.querySelectorAll(".gw-trouble")] as HTMLElement[];
    expect(troubles).toHaveLength(6);
    for (const trouble of troubles) {
      expect(trouble.querySelector("svg")).not.toBeNull();
      expect(trouble.title.length).toBeGreaterThan(20);
      expect(trouble.textContent).toContain(trouble.title);
    }
  });

  test("with few draws nothing is judged but divergences", async () => {
    await show();
    draws(20, { ...good, ess: 5, rhat: 2.2, num_divergent: 0 });
    await until(() => figures().includes("draws 20"), "figures");
    expect(root.querySelectorAll(".gw-trouble")).toHaveLength(0);
  });

  test("16 chains are told apart by colour and shape", async () => {
    const { chainStyle, readTheme } = await import("../../../js/draw/theme.ts");
    await show();
    const theme = readTheme(root);
    const styles = Array.from({ length: 16 }, (_, i) => chainStyle(theme, i));
    expect(new Set(styles.map(({ color, shape }) => `${color} ${shape}`)).size).toBe(16);
    expect(new Set(styles.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(16);
    // One chain needs no name.
    expect(root.querySelectorAll(".gw-plot-trace .gw-key")).toHaveLength(0);
    draws(50, good, 16);
    await until(() => label("trace").includes("16 chains"), "16 chains");
    const keys = [...root.querySelectorAll(".gw-plot-trace .gw-key")];
    expect(keys.map((key) => key.textContent)).toEqual(
      Array.from({ length: 16 }, (_, i) => `chain ${i + 1}`),
    );
    const look = (key: Element) => {
      const svg = key.querySelector("svg") as SVGElement;
      return `${getComputedStyle(svg).color} ${svg.lastElementChild?.getAttribute("d")}`;
    };
    expect(new Set(keys.map(look)).size).toBe(16);
  });

  test("all divergences are told, and marked where they can be told apart", async () => {
    await show();
    const random = randomNumbers(4);
    const values = [Array.from({ length: 3000 }, () => 4 * random() - 2)];
    const divergent = [values[0]?.map((_, i) => Number(i % 2)) ?? []];
    model.emit("msg:custom", { type: "draws" }, [
      drawsPack(values, divergent, good, { number: 99, first: 0, epoch: 5 }),
    ]);
    await until(() => label("trace").includes("1500 divergences"), "in the trace");
    expect(label("phase")).toContain("where 1,500 divergent transitions began");
  });
});

test("at 360 pixels nothing of the sampler overflows", async () => {
  await show({ algorithm: "nuts", gradient_scale: 0.5 }, { controls: "all" }, "360px");
  await steps(2);
  await press("Next");
  expect(root.scrollWidth).toBeLessThanOrEqual(360);
});

test.each(["hmc", "nuts"])("axe finds nothing inside a transition of %s", async (algorithm) => {
  document.documentElement.lang = "en";
  await show({ algorithm, gradient_scale: 0.5 }, { controls: "all" });
  await press("Warm up");
  await steps(3);
  (byRole(root, "slider", "draw").element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowLeft}");
  await until(() => sentence().startsWith("draw 2"), "an earlier draw");
  await press("Next");
  await press("Start here…");
  await until(() => root.querySelector("[data-picking]"), "picking");
  const { violations } = await axe.run(root.querySelector(".gw-body") as HTMLElement, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html)}`)).toEqual([]);
});
