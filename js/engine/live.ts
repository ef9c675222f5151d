// Both engines as one: the page answers at once, the kernel confirms; either can do without the other.
import type { Frame, Segment, Transition, Values } from "../state/frame.ts";
import type { Status } from "../state/state.ts";
import type { Sync } from "../state/sync.ts";
import { agreement, toleranceOf } from "./agreement.ts";
import type { Engine, Replies, SamplerAction } from "./engine.ts";
import { createKernelEngine } from "./kernel.ts";
import { PageInspector } from "./page.ts";
import { PageSampler } from "./sampler.ts";
import { type GradientModule, load, type SamplerModule } from "./translated.ts";

/** A hand that has been still for this long has come to rest, in milliseconds. */
const REST = 120;

const ALONE =
  "This page computes by itself, with the kernel's own functions translated to JavaScript.";

const BY_PYTHON = "Python writes the script, which needs a kernel.";

/** What the page leaves to a kernel even where there is none. */
const CANNOT = {
  warmup: "a warm-up compiles BlackJAX's adaptation, which needs a kernel",
  check: "the rule is checked with JAX, which needs a kernel",
  copy: { script: BY_PYTHON } as Record<string, string>,
};

/** The engine of a view: the kernel's alone, until the page's has loaded. */
export function createEngine(sync: Sync, view: string, replies: Replies): Engine {
  const isAlone = sync.get("_alone") === true;
  let inspector: PageInspector | null = null;
  let sampler: PageSampler | null = null;
  let loaded: SamplerModule | null = null;
  let wasSampling = false;
  let gradient: GradientModule | null = null;
  let kernelStatus: Status | null = null;
  /** Whether the kernel's own chain runs: it is left to the kernel until it rests. */
  let kernelRuns = false;
  let told = "";
  let failure = "";
  let newest = 0;
  let pageNumber = 0;
  const times: Record<string, number> = {};
  let transition: Transition | null = null;
  let confirmed: Frame | null = null;
  let disposed = false;
  let pending: ReturnType<typeof setTimeout> | undefined;

  /** Numbers of the page's answers lie between the kernel's last one and its next one. */
  const nextNumber = () => newest + 1 - 1 / (2 + pageNumber++);

  /** How often something that takes a while was asked for: the latest wish wins. */
  const asked = { map: 0, plane: 0 };
  const answers = { ...replies, nextNumber };
  type Looks = (
    survey: typeof import("./survey.ts"),
    page: PageInspector,
    isWanted: () => boolean,
    to: typeof answers,
  ) => Promise<void>;
  const look = async (what: keyof typeof asked, looks: Looks) => {
    const wish = ++asked[what];
    try {
      const survey = gradient?.survey as typeof import("./survey.ts");
      if (!inspector) throw new Error("still loading");
      await looks(survey, inspector, () => !disposed && wish === asked[what], answers);
    } catch {
      replies.gaveUp();
    }
  };

  const isCurrent = (values: Values) => {
    const now = sync.values();
    const { parameters, x, point } = sync.spec();
    const line = point ? [point.name, "direction", "plane"] : [];
    return [...parameters.map(({ name }) => name), x.name, ...line, "solver", "dtype"].every(
      (name) => Object.is(values[name], now[name]) || String(values[name]) === String(now[name]),
    );
  };

  const refusal = () => {
    if (failure) return failure;
    if (sync.get("engine") === "kernel") return "the engine is set to “kernel”";
    if (inspector?.isSlow && isFollowed()) return "a point takes this page too long";
    if (inspector) return inspector.refusal(sync.values());
    return String(sync.get("_page_refusal") ?? "") || null;
  };

  const canAnswer = () => inspector !== null && refusal() === null;

  /** Whether a kernel answers. */
  const isFollowed = () => kernel !== null && kernelStatus?.state !== "gone";

  /** The page's sampler, where it can do what is asked. */
  const sampling = (): PageSampler | null => {
    const isFree = isAlone || (sync.get("engine") !== "kernel" && !(kernelRuns && isFollowed()));
    const found = isFree && sampler?.refusal() === null ? sampler : null;
    if (wasSampling !== (found !== null)) {
      wasSampling = found !== null;
      if (found && !isAlone) found.activate();
      else if (!found) {
        sampler?.rest();
        kernel?.hello();
      }
    }
    return found;
  };

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
      replies.status({ ...page, text, detail: ALONE, cannot: CANNOT });
    } else if (kernelStatus?.state === "gone") {
      const ahead = sampling()?.ahead ?? 0;
      const draws = ahead === 1 ? "1 draw is" : `${ahead.toLocaleString("en")} draws are`;
      const text = `live, but no kernel answers${ahead ? `: ${draws} the page's alone` : ""}`;
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
      const page = sampling();
      if (page) transition = page.transition();
      replies.frame({ ...frame, number: nextNumber(), transition });
    } catch (error) {
      replies.refused(String(error instanceof Error ? error.message : error), {}, true);
    }
  };

  /** What the page says, and what the kernel says of the same inputs. */
  const confirm = (frame: Frame) => {
    if (!inspector || inspector.refusal(frame.values) !== null) return;
    const { found, sizes } = inspector.point(frame.values);
    const isClosed = gradient?.known.has_closed_form;
    const { digits, worst } = agreement(found, frame.point, sizes, isClosed);
    told = `live, the kernel agrees to ${digits} digits`;
    if (worst.excess > toleranceOf(String(frame.values.dtype))) {
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
          transition = sampling()?.transition() ?? frame.transition;
          confirmed = frame;
          if (!canAnswer() || isCurrent(frame.values)) replies.frame({ ...frame, transition });
          if (canAnswer()) confirm(frame);
        },
        draws(draws) {
          newest = Math.max(newest, draws.number);
          kernelRuns = draws.running;
          const page = sampling();
          sampler?.take(draws, page !== null);
          if (page) return;
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
      if (gradient.createEngine) {
        // What cannot be computed in a page is shown as it was recorded.
        Object.assign(engine, gradient.createEngine(sync, replies));
        return engine.start();
      }
      inspector = new PageInspector(gradient, sync.spec());
      const module = await load<SamplerModule>(sync.get("_page_sampler"));
      if (module && module !== loaded && !disposed) startSampler(gradient, module);
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
    const segments = (sync.get("_segments") ?? []) as readonly Segment[];
    guarded(() => sampling()?.restore(segments));
  };

  const startSampler = (known: GradientModule, module: SamplerModule) => {
    loaded = module;
    sampler?.dispose();
    sampler = new PageSampler(known, module, {
      sync,
      view,
      nextNumber,
      replies: {
        ...replies,
        draws(draws) {
          transition = draws.transition;
          replies.draws(draws);
        },
      },
      change(values) {
        for (const [name, value] of Object.entries(values)) sync.set(name, value);
        kernel?.change(values, true);
      },
      told: () => {
        if (kernelStatus?.state === "gone") tellStatus();
      },
      isFollowed,
      link: kernel && {
        replay: (wish) => kernel.sampler("replay", { ...wish }),
        ahead: (isAhead) => kernel.sampler("ahead", { is_ahead: isAhead }),
        hello: () => kernel.hello(),
      },
    });
    wasSampling = false;
    // The kernel tells its chain again: the page goes on from there.
    kernel?.hello();
  };

  const sample = (action: SamplerAction, more: Values) => {
    const page = sampling();
    if (page && action !== "warmup") return page.do(action, more);
    if (kernel) {
      kernelRuns ||= action === "run";
      return kernel.sampler(action, more);
    }
    const reason = sampler?.refusal() ?? "the sampler was not put into this page";
    const what = page ? CANNOT.warmup : reason;
    replies.refused(`Without a kernel this cannot be done: ${what}.`, {}, true);
  };

  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      replies.refused(String(error instanceof Error ? error.message : error), {}, true);
    }
  };

  /** Once the hand is still: what is not computed under it, and the chain of a changed target. */
  const settle = () => {
    if (!isFollowed()) pageFrame(true);
    guarded(() => sampling()?.settle());
  };

  const engine: Engine = {
    start() {
      kernel?.start();
      void loadModules();
      for (const name of ["_page_code", "_page_sampler"]) {
        sync.onChange(name, () => void loadModules());
      }
      sync.onChange("_page_refusal", tellStatus);
      sync.onChange("engine", () => void loadModules());
      if (isAlone) tellStatus();
    },
    hello() {
      if (kernel) kernel.hello();
      else sampler?.tellAll();
    },
    change(values, settled) {
      kernel?.change(values, settled);
      if (!canAnswer()) {
        if (isAlone) tellStatus();
        return;
      }
      clearTimeout(pending);
      pageFrame(false);
      pending = setTimeout(settle, settled ? 0 : REST);
    },
    sampler(action, more = {}) {
      guarded(() => sample(action, more));
    },
    show(draw) {
      kernel?.show(draw);
      guarded(() => sampling()?.show(draw));
    },
    preset(name) {
      if (kernel) return kernel.preset(name);
      const values = sync.spec().presets.find((each) => each.name === name)?.values ?? {};
      const { lock } = sync.look();
      for (const [key, value] of Object.entries(values)) {
        if (!lock.includes(key)) sync.set(key, value);
      }
      settle();
    },
    problem: (name) => kernel?.problem(name),
    check() {
      if (kernel) return kernel.check();
      replies.gaveUp();
      replies.refused(`Without a kernel this cannot be done: ${CANNOT.check}.`, {}, true);
    },
    map(parameter) {
      if (kernel) return kernel.map(parameter);
      const range = sync.spec().parameters.find(({ name }) => name === parameter);
      if (range) {
        void look("map", (survey, page, ...more) =>
          survey.tellMap(page, sync.values(), range, ...more),
        );
      }
    },
    plane() {
      if (kernel) return kernel.plane();
      void look("plane", (survey, page, ...more) => survey.tellPlane(page, sync.values(), ...more));
    },
    copy: async (what) => {
      if (kernel) return kernel.copy(what);
      throw new Error(CANNOT.copy[what] ?? "this page has no pictures of itself");
    },
    painted: (batch) => kernel?.painted(batch),
    dispose() {
      disposed = true;
      clearTimeout(pending);
      sampler?.dispose();
      kernel?.dispose();
    },
  };
  return engine;
}
