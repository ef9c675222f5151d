import type { AnyModel, AnyWidget, RenderProps } from "@anywidget/types";
import { readTheme } from "./draw/theme.ts";
import type { Engine } from "./engine/engine.ts";
import { createEngine } from "./engine/live.ts";
import { createSession } from "./engine/session.ts";
import { createAlert } from "./panels/alert.ts";
import { createCompare } from "./panels/compare.ts";
import { createControls } from "./panels/controls.ts";
import { createCopy } from "./panels/copy.ts";
import { createDensityPanel } from "./panels/density.ts";
import { focusedIn, h } from "./panels/dom.ts";
import { createEnergyPanel } from "./panels/energy.ts";
import { createErrorPanel } from "./panels/error.ts";
import { createGradientPanel } from "./panels/gradient.ts";
import { createHeadline } from "./panels/headline.ts";
import { watchSize, watchTheme, watchVisibility } from "./panels/host.ts";
import { createInnerPanel } from "./panels/inner.ts";
import { createLook } from "./panels/look.ts";
import { createMapPanel } from "./panels/map.ts";
import { createPhasePanel } from "./panels/phase.ts";
import { createPlanePanel } from "./panels/plane.ts";
import { measureAgain } from "./panels/plot.ts";
import { createRule } from "./panels/rule.ts";
import { createSampler } from "./panels/sampler.ts";
import { createSettings } from "./panels/settings.ts";
import { listenToShortcuts } from "./panels/shortcuts.ts";
import { createStatus } from "./panels/status.ts";
import { createSubsteps } from "./panels/substeps.ts";
import { createTable } from "./panels/table.ts";
import { createToolbar } from "./panels/toolbar.ts";
import { createTracePanel } from "./panels/trace.ts";
import { Turns } from "./panels/turns.ts";
import { createValuePanel } from "./panels/value.ts";
import type { Panel, View } from "./panels/view.ts";
import { initialState, type State } from "./state/state.ts";
import { Store } from "./state/store.ts";
import { createSync, LOOK } from "./state/sync.ts";

const onNextFrame = (run: () => void) => {
  const id = requestAnimationFrame(run);
  return () => cancelAnimationFrame(id);
};

/** What had no room is painted again after so many milliseconds. */
const NO_ROOM = 100;

/** What a view of another problem takes over from the one before. */
interface Kept {
  settingsOpen: boolean;
  /** Label of the menu that had the focus. */
  focus: string | null;
}

/** One view of the widget; another one in its place when the problem changes. */
function createView(model: AnyModel, el: HTMLElement, kept?: Kept): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  const root = h("div", "", { class: "gradwidget" });
  const sync = createSync(model);
  const settingsOpen = () => sync.get("controls") !== "simple";
  const store = new Store<State>(
    initialState({
      spec: sync.spec(),
      values: sync.values(),
      look: sync.look(),
      settingsOpen: kept?.settingsOpen ?? settingsOpen(),
      status: { engine: "kernel", state: "connecting", text: "connecting", detail: "" },
    }),
    onNextFrame,
  );
  // Names of views need to differ, not to be secret.
  const name = Math.random().toString(36).slice(2);
  let engine: Engine | null = null;
  const session = createSession(store, sync, () => engine as Engine);
  engine = createEngine(sync, name, session.replies);

  let theme = readTheme(root);
  const view: View = { store, actions: session.actions, theme: () => theme, signal };
  const turns = new Turns(layOut(view, root));
  listenToShortcuts(view, root);
  el.append(root);

  let visible = true;
  let hasRoom = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const paint = (state: State, changed: ReadonlySet<keyof State>) => {
    if (changed.has("theme")) root.dataset.theme = state.theme;
    // Read anew for every painting: hosts bring style sheets and change themes whenever they like.
    // But not sixty times a second, since the browser has to lay out the page to answer.
    if (!state.running || changed.has("theme") || changed.has("layout")) {
      theme = readTheme(root);
      hasRoom = (root.firstElementChild?.clientWidth ?? 0) > 0;
    }
    for (const [panel, itsChanges] of turns.next(state.running, changed)) {
      try {
        panel.update(state, itsChanges);
      } catch (error) {
        // One panel's trouble is not the others'.
        console.error(error);
      }
    }
    if (state.frame && hasRoom) reportPainted(state);
    // Hosts that change their theme take style sheets away for a moment: no size is seen to change.
    clearTimeout(again);
    if (!hasRoom && visible) again = setTimeout(laidOut, NO_ROOM);
  };

  /** Two frames after drawing, what was drawn is on the screen. */
  const reportPainted = (state: State) => {
    onNextFrame(() => {
      if (visible && !signal.aborted) session.painted();
      onNextFrame(() => {
        root.dataset.painted = String(Math.max(state.frame?.number ?? 0, state.drawsNumber));
      });
    });
  };

  for (const name of LOOK) sync.onChange(name, () => store.set({ look: sync.look() }));
  sync.onChange("controls", () => store.set({ settingsOpen: settingsOpen() }));
  store.subscribe(paint);
  const lookAround = watchTheme(root, (found) => store.set({ theme: found }), signal);
  const laidOut = () => {
    lookAround();
    measureAgain();
    store.set({ layout: store.state.layout + 1 });
  };
  watchSize(root, laidOut, signal);
  // Slides are scaled to their window, which changes nobody's size.
  window.addEventListener("resize", laidOut, { signal });
  watchVisibility(
    root,
    (seen) => {
      visible = seen;
      laidOut();
    },
    signal,
  );
  engine.start();
  paint(store.state, new Set(Object.keys(store.state) as (keyof State)[]));
  // Hosts move the focus themselves when what had it is removed.
  const { focus = null } = kept ?? {};
  if (focus) onNextFrame(() => focusOn(root, focus));

  const end = () => {
    abort.abort();
    clearTimeout(again);
    engine?.dispose();
    store.dispose();
    sync.dispose();
    root.remove();
  };
  let dispose = end;
  const told = JSON.stringify(sync.spec());
  sync.onChange("_spec", () => {
    if (JSON.stringify(sync.spec()) === told) return;
    const { settingsOpen } = store.state;
    const focus = focusedIn(root)?.getAttribute("aria-label") ?? null;
    // The page below stays where it is until the new view is as tall.
    el.style.minHeight = `${el.offsetHeight}px`;
    end();
    dispose = createView(model, el, { settingsOpen, focus });
    onNextFrame(() => onNextFrame(() => el.style.removeProperty("min-height")));
  });
  return () => dispose();
}

function focusOn(root: HTMLElement, label: string): void {
  const found = [...root.querySelectorAll("select, input, button")].find(
    (element) => element.getAttribute("aria-label") === label,
  );
  if (found instanceof HTMLElement) found.focus({ preventScroll: true });
}

/** Puts the panels where they belong. */
function layOut(view: View, root: HTMLElement): Panel[] {
  const top = h("div", "dock");
  const below = h("div", "dock");
  const headline = createHeadline();
  const status = createStatus(view);
  const alert = createAlert(view);
  const settings = createSettings(view);
  const copy = createCopy(view);
  const controls = createControls(view, top, settings.element, copy.open);
  const inner = createInnerPanel(view);
  const value = createValuePanel(view);
  const gradient = createGradientPanel(view);
  const map = view.store.state.spec.parameters.length ? createMapPanel(view) : null;
  const error = createErrorPanel(view, map?.element ?? null);
  const { point } = view.store.state.spec;
  const plane = point && point.dim > 1 ? createPlanePanel(view, point) : null;
  const table = createTable(view);
  const rule = createRule(view);
  const sampler = createSampler(below);
  const phase = createPhasePanel(view);
  const density = createDensityPanel(view);
  const substeps = createSubsteps(view);
  const compare = createCompare();
  const energy = createEnergyPanel(view);
  const trace = createTracePanel(view);
  const toolbar = createToolbar(view, top, below, (element, seen) =>
    watchVisibility(element, seen, view.signal),
  );
  const trio = (...panels: Panel[]) =>
    h("div", "trio", {}, ...panels.map((panel) => panel.element));
  /** For views of one part alone. */
  const of = (part: "gradient" | "sampler", ...elements: HTMLElement[]) => {
    for (const element of elements) element.classList.add(`gw-of-${part}`);
    return elements;
  };
  root.append(
    h(
      "div",
      "body",
      {},
      h("div", "head", {}, headline.element, status.element),
      alert.element,
      controls.element,
      settings.element,
      copy.element,
      ...of("gradient", trio(inner, value, gradient)),
      ...(plane ? [plane.element] : []),
      ...of("gradient", error.element, ...(map ? [map.element] : []), table.element, rule.element),
      ...of("sampler", sampler.element, substeps.element, trio(phase, energy, density)),
      ...of("sampler", compare.element, trace.element),
    ),
  );
  // The trace, which is drawn most often, comes first: where others have written, the browser has to
  // find the page's styles anew before it can draw text.
  return [
    trace,
    headline,
    status,
    alert,
    controls,
    settings,
    copy,
    toolbar,
    inner,
    value,
    gradient,
    ...(plane ? [plane] : []),
    error,
    ...(map ? [map] : []),
    table,
    rule,
    sampler,
    substeps,
    phase,
    energy,
    density,
    compare,
    createLook(view, root),
  ];
}

export default {
  render({ model, el, signal }: RenderProps) {
    const dispose = createView(model, el);
    signal?.addEventListener("abort", dispose, { once: true });
    return dispose;
  },
} satisfies AnyWidget;
