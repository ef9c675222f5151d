// Both engines as one: the page answers at once, the kernel confirms; either can do without the other.
import type { Frame, Transition, Values } from "../state/frame.ts";
import type { Status } from "../state/state.ts";
import type { Sync } from "../state/sync.ts";
import { agreement, toleranceOf } from "./agreement.ts";
import { PageChain, type Segment } from "./chain.ts";
import type { Engine, Replies, SamplerAction } from "./engine.ts";
import { createKernelEngine } from "./kernel.ts";
import { between, PageInspector } from "./page.ts";
import { type GradientModule, load, type SamplerModule } from "./translated.ts";

/** A running chain draws for this long at a time, in milliseconds, so that the page stays alive. */
const BURST = 8;

/** A hand that has been still for this long has come to rest, in milliseconds. */
const REST = 120;

const ALONE =
  "This page computes by itself, with the kernel's own functions translated to JavaScript.";

/** The engine of a view: the kernel's alone, until the page's has loaded. */
export function createEngine(sync: Sync, view: string, replies: Replies): Engine {
  const isAlone = sync.get("_alone") === true;
  let inspector: PageInspector | null = null;
  let chain: PageChain | null = null;
  let gradient: GradientModule | null = null;
  let kernelStatus: Status | null = null;
  let told = "";
  let failure = "";
  let newest = 0;
  let pageNumber = 0;
  const times: Record<string, number> = {};
  let transition: Transition | null = null;
  let confirmed: Frame | null = null;
  let running = false;
  let disposed = false;
  let pending: ReturnType<typeof setTimeout> | undefined;

  /** Numbers of the page's answers lie between the kernel's last one and its next one. */
  const nextNumber = () => newest + 1 - 1 / (2 + pageNumber++);

  const isCurrent = (values: Values) => {
    const now = sync.values();
    const { parameters, x } = sync.spec();
    return [...parameters.map(({ name }) => name), x.name, "solver", "dtype"].every((name) =>
      Object.is(values[name], now[name]),
    );
  };

  const refusal = () => {
    if (failure) return failure;
    if (sync.get("engine") === "kernel") return "the engine is set to “kernel”";
    if (inspector) return inspector.refusal(sync.values());
    return String(sync.get("_page_refusal") ?? "") || null;
  };

  const canAnswer = () => inspector !== null && refusal() === null;

  const tellStatus = () => {
    if (!isAlone && !canAnswer()) {
      const reason = refusal();
      const detail =
        reason && kernelStatus && `${kernelStatus.detail} The kernel alone: ${reason}.`;
      if (kernelStatus) replies.status(detail ? { ...kernelStatus, detail } : kernelStatus);
      return;
    }
    const page = { engine: "page", state: "live" as const };
    if (isAlone) {
      const text = canAnswer() ? "live, no kernel needed" : (refusal() ?? "loading");
      replies.status({ ...page, text, detail: ALONE });
    } else if (kernelStatus?.state === "gone") {
      const text = "live, but no kernel answers";
      replies.status({ ...page, text, detail: `${ALONE} ${kernelStatus.detail}` });
    } else if (kernelStatus?.state === "compiling") {
      replies.status({
        ...page,
        text: "live, the kernel is compiling",
        detail: kernelStatus.detail,
      });
    } else {
      const detail = `${ALONE} The kernel computes the same with JAX, and confirms it.`;
      replies.status({ ...page, text: told || "live, the kernel has not answered yet", detail });
    }
  };

  const pageFrame = (settled: boolean) => {
    if (!inspector) return;
    const values = sync.values();
    try {
      const frame = inspector.frame(values, settled, times);
      if (isAlone && chain?.refusal(values) === null) transition = chain.transition(values);
      replies.frame({ ...frame, number: nextNumber(), transition });
    } catch (error) {
      replies.refused(String(error instanceof Error ? error.message : error), {}, true);
    }
  };

  /** What the page says, and what the kernel says of the same inputs. */
  const confirm = (frame: Frame) => {
    if (!inspector || inspector.refusal(frame.values) !== null) return;
    const { digits, worst } = agreement(inspector.point(frame.values), frame.point);
    told = `live, the kernel agrees to ${digits} digits`;
    if (worst.error > toleranceOf(String(frame.values.dtype))) {
      told = "live, but the kernel differs";
      const message =
        `The page and the kernel differ at ${sync.spec().x.name} = ${frame.values[sync.spec().x.name]}: ` +
        `${worst.name} is ${worst.page} in the page and ${worst.kernel} in the kernel.`;
      replies.refused(message, {}, true);
    }
    tellStatus();
  };

  const kernel = isAlone
    ? null
    : createKernelEngine(sync, view, {
        ...replies,
        frame(frame) {
          newest = Math.max(newest, frame.number);
          for (const row of frame.rows) {
            if (Number.isFinite(row.cells.time)) times[row.name] = row.cells.time;
          }
          transition = frame.transition;
          confirmed = frame;
          if (!canAnswer() || isCurrent(frame.values)) replies.frame(frame);
          if (canAnswer()) confirm(frame);
        },
        draws(draws) {
          newest = Math.max(newest, draws.number);
          transition = draws.transition;
          replies.draws(draws);
        },
        status(status) {
          kernelStatus = status;
          tellStatus();
        },
      });

  const loadModules = async () => {
    try {
      const page = load<GradientModule>(sync.get("_page_code"));
      if (!page || sync.get("engine") === "kernel") return;
      gradient = await page;
      inspector = new PageInspector(gradient, sync.spec());
      const sampler = await load<SamplerModule>(sync.get("_page_sampler"));
      if (sampler) chain = new PageChain(sampler, gradient.known.names, gradient.words.describe);
    } catch (error) {
      // A host that forbids modules from blobs: the kernel goes on alone.
      failure = `this page could not load its program (${error})`;
      inspector = null;
    }
    if (disposed) return;
    if (confirmed && canAnswer()) confirm(confirmed);
    tellStatus();
    if (!isAlone) return;
    pageFrame(true);
    guarded(restore);
  };

  // -- the page's own chain -------------------------------------------------------------------

  const exact = () => {
    const params = gradient?.known.names.map((name) => Number(sync.get(name))) ?? [];
    return gradient?.density(...params) ?? null;
  };

  let moments: { key: string; found: { mean: number; sd: number } | null } = {
    key: "",
    found: null,
  };
  const exactMoments = () => {
    const key = JSON.stringify(gradient?.known.names.map((name) => sync.get(name)));
    if (key !== moments.key) moments = { key, found: exact() };
    return moments.found;
  };

  const tellDraws = (first: number) => {
    if (!chain) return;
    const draws = chain.draws(sync.values(), first, exactMoments());
    transition = draws.transition;
    replies.draws({ ...draws, number: nextNumber(), running });
    if (isAlone) sync.set("_segments", [...chain.segments]);
  };

  /** A chain that came with the page is made again. */
  const restore = () => {
    const values = sync.values();
    const segments = (sync.get("_segments") ?? []) as readonly Segment[];
    if (!chain || !segments.length || chain.refusal(values) !== null) return;
    for (const { count, settings } of segments) chain.advance(values, count, settings);
    tellDraws(0);
  };

  const burst = () => {
    if (!running || disposed || !chain) return;
    const first = chain.numDraws;
    const end = performance.now() + BURST;
    for (let size = 1; performance.now() < end; size = Math.min(2 * size, 64)) {
      chain.advance(sync.values(), size);
    }
    tellDraws(first);
    requestAnimationFrame(burst);
  };

  const sample = (action: SamplerAction, more: Values) => {
    const values = sync.values();
    const reason = chain ? chain.refusal(values) : "the sampler was not put into this page";
    if (!chain || reason !== null || action === "warmup") {
      const what = action === "warmup" ? "a warm-up needs a kernel" : reason;
      replies.refused(`Without a kernel this cannot be done: ${what}.`, {}, true);
      return;
    }
    chain.follow(values);
    const first = chain.numDraws;
    if (action !== "run") running = false;
    if (action === "step") chain.advance(values, 1);
    else if (action === "back") chain.rewind(first - Number(more.n ?? 1));
    else if (action === "branch") chain.rewind(Number(more.draw));
    else if (action === "run" && !running) {
      running = true;
      requestAnimationFrame(burst);
      return;
    } else if (action === "reset") {
      if (more.position !== undefined) sync.set("initial_position", more.position);
      chain.start(sync.values());
    }
    tellDraws(action === "step" ? first : 0);
  };

  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      running = false;
      replies.refused(String(error instanceof Error ? error.message : error), {}, true);
    }
  };

  /** Once the hand is still: what is not computed under it, and the chain of a changed target. */
  const settle = () => {
    pageFrame(true);
    guarded(() => {
      if (isAlone && chain?.numDraws && chain.refusal(sync.values()) === null) {
        if (chain.follow(sync.values())) tellDraws(0);
      }
    });
  };

  return {
    start() {
      kernel?.start();
      void loadModules();
      sync.onChange("_page_code", () => void loadModules());
      sync.onChange("_page_refusal", tellStatus);
      sync.onChange("engine", () => void loadModules());
      if (isAlone) tellStatus();
    },
    hello() {
      if (kernel) kernel.hello();
      else tellDraws(0);
    },
    change(values, settled) {
      kernel?.change(values, settled);
      if (!canAnswer()) {
        if (isAlone) tellStatus();
        return;
      }
      clearTimeout(pending);
      pageFrame(false);
      if (isAlone) pending = setTimeout(settle, settled ? 0 : REST);
    },
    sampler(action, more = {}) {
      if (kernel) kernel.sampler(action, more);
      else guarded(() => sample(action, more));
    },
    show(draw) {
      if (kernel) return kernel.show(draw);
      chain?.show(draw);
      guarded(() => tellDraws(chain?.numDraws ?? 0));
    },
    preset(name) {
      if (kernel) return kernel.preset(name);
      const values = gradient?.known.presets[name] ?? {};
      for (const [key, value] of Object.entries(values)) sync.set(key, value);
      settle();
    },
    problem: (name) => kernel?.problem(name),
    check() {
      if (kernel) return kernel.check();
      replies.gaveUp();
      replies.refused("The rule is checked with JAX, which needs a kernel.", {}, true);
    },
    map(parameter) {
      if (kernel) return kernel.map(parameter);
      const range = sync.spec().parameters.find(({ name }) => name === parameter);
      if (!inspector || !range) return replies.gaveUp();
      const { min, max, log } = range;
      const steps = log
        ? between(Math.log(min), Math.log(max), 81).map(Math.exp)
        : between(min, max, 81);
      const values = sync.values();
      const { x, rel_error, verdict, status } = inspector.map(values, parameter, steps);
      if (!x || !rel_error || !verdict || !status) return replies.gaveUp();
      replies.map({
        number: nextNumber(),
        values,
        parameter,
        x,
        y: steps,
        error: rel_error,
        verdict,
        status,
      });
    },
    plane: () => kernel?.plane(),
    painted: (batch) => kernel?.painted(batch),
    dispose() {
      disposed = true;
      clearTimeout(pending);
      kernel?.dispose();
    },
  };
}
