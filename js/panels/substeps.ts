import { formatNumber, typeset } from "../draw/format.ts";
import type { Transition } from "../state/frame.ts";
import type { State } from "../state/state.ts";
import { button, FOCUSABLE, h, setAttributes, setText } from "./dom.ts";
import { between, type Stage, stages } from "./stages.ts";
import { type Panel, touches, type View } from "./view.ts";

/** How long one stage is shown while all are played, in milliseconds: long ones a little faster. */
const AT_MOST = 1100;
const AT_LEAST = 450;
const ALTOGETHER = 30_000;
/** The part of that time in which things move. */
const MOVING = 0.4;

/** One transition, moment by moment: to be stopped after each, or played slowly. */
export function createSubsteps(view: View): Panel {
  const { store, signal } = view;
  let all: Stage[] = [];
  const last = () => all.length - 1;
  const go = (stage: number | null) => {
    const inside = stage === null ? null : Math.max(0, Math.min(last(), stage));
    store.set({ stage: inside, isPlaying: false });
  };
  const at = () => store.state.stage;
  const first = button("First", "", signal, () => go(0));
  const previous = button("Previous", "", signal, () => go(Math.ceil(at() ?? last() + 1) - 1));
  const next = button("Next", "", signal, () => go(Math.floor(at() ?? -1) + 1));
  const play = button("Play slowly", "play", signal, () => {
    if (store.state.isPlaying) go(Math.ceil(at() ?? 0));
    else start();
  });
  setAttributes(next, { "aria-keyshortcuts": "N", title: "key: n" });
  setAttributes(previous, { "aria-keyshortcuts": "B", title: "key: b" });
  const whole = button("Whole path", "quiet", signal, () => {
    go(null);
    play.focus();
  });
  const slider = h("input", "slider", {
    type: "range",
    min: 0,
    step: 1,
    "aria-label": "stage",
    ...FOCUSABLE,
  });
  slider.addEventListener("input", () => go(Number(slider.value)), { signal });
  const place = h("span", "muted", { "aria-hidden": "true" });
  const chance = createChance();
  const element = h(
    "div",
    "substeps",
    { role: "group", "aria-label": "inside the transition" },
    h("span", "buttons", {}, first, previous, next, play),
    slider,
    place,
    whole,
    chance.element,
  );

  const start = () => {
    const moving = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const current = at();
    const from = current === null || current >= last() ? -1 : current;
    const pace = Math.max(AT_LEAST, Math.min(AT_MOST, ALTOGETHER / (last() + 1)));
    let began: number | null = null;
    const tick = (now: number) => {
      if (!store.state.isPlaying || signal.aborted) return;
      began ??= now;
      const passed = (now - began) / pace;
      const share = Math.min(1, (passed % 1) / MOVING);
      const stage = from + Math.floor(passed) + (moving ? share : 1);
      const done = stage >= last();
      store.set({ stage: Math.max(0, Math.min(last(), stage)), isPlaying: !done });
      if (!done) requestAnimationFrame(tick);
    };
    store.set({ isPlaying: true, stage: Math.max(0, from) });
    requestAnimationFrame(tick);
  };

  return {
    element,
    update(state, changed) {
      if (!touches(changed, "transition", "stage", "isPlaying", "running")) return;
      const { transition, stage, isPlaying } = state;
      if (changed.has("transition")) all = transition ? stages(transition) : [];
      element.hidden = transition === null;
      setText(play, isPlaying ? "Stop" : "Play slowly");
      const shown = stage === null ? last() : Math.ceil(stage);
      const words = stage === null ? "whole path" : `${shown + 1} of ${last() + 1}`;
      setAttributes(slider, { max: last(), "aria-valuetext": words });
      slider.value = String(shown);
      slider.style.setProperty("--gw-share", String(last() ? shown / last() : 0));
      setText(place, words);
      whole.hidden = stage === null;
      chance.show(transition, momentOf(state));
    },
  };
}

/** What has just happened, where one moment is shown and not the whole transition. */
export const momentOf = ({ transition, stage }: State): Stage | null =>
  transition && stage !== null ? between(stages(transition), stage).now : null;

/** The acceptance probability as a bar, and on it the number that was drawn. */
function createChance() {
  const fill = h("span", "chance-fill");
  const needle = h("span", "chance-needle");
  const bar = h("span", "chance-bar", {}, fill, needle);
  const words = h("span", "muted");
  const element = h("span", "chance", { role: "img" }, bar, words);
  return {
    element,
    show(transition: Transition | null, moment: Stage | null) {
      const { acceptance_rate: probability, uniform } = transition?.scalars ?? {};
      const isKnown = probability !== undefined && uniform !== undefined && uniform >= 0;
      element.hidden = !isKnown || (moment !== null && !moment.isCompared);
      if (!isKnown) return;
      fill.style.width = `${100 * (probability || 0)}%`;
      needle.style.left = `${100 * uniform}%`;
      const short = (value: number) => typeset(formatNumber(value, 3));
      const isBelow = uniform < probability;
      setAttributes(element, {
        "data-accepted": isBelow,
        "aria-label":
          `accept with probability ${formatNumber(probability, 3)}; ` +
          `the number drawn is ${formatNumber(uniform, 3)}`,
      });
      setText(words, `u = ${short(uniform)} ${isBelow ? "<" : "≥"} ${short(probability)}`);
    },
  };
}
