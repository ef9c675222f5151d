import { formatCount, formatNumber, formatPercent, typeset } from "../draw/format.ts";
import type { State } from "../state/state.ts";
import { h, setAttributes } from "./dom.ts";
import { toneIcon } from "./headline.ts";
import { type Panel, touches, type View } from "./view.ts";

const NAMES: Record<string, string> = { hmc: "Hamiltonian Monte Carlo" };

interface Figure {
  name: string;
  value: string;
  /** What the value should be, by quadrature. */
  exact?: string;
}

function figures({ chain }: State): Figure[] {
  const { summary, numDraws } = chain;
  if (!summary || !numDraws) return [{ name: "draws", value: "0" }];
  const short = (value: number) => typeset(formatNumber(value, 3));
  const figure = (name: string, value: number, format: (v: number) => string): Figure[] =>
    Number.isNaN(value) ? [] : [{ name, value: format(value) }];
  // A mean by quadrature is zero up to rounding, as measured by the spread.
  const rounded = (value: number) => (Math.abs(value) < 1e-9 * summary.exact_sd ? 0 : value);
  const against = (name: string, value: number, exact: number): Figure[] =>
    Number.isNaN(value)
      ? []
      : [
          {
            name,
            value: short(value),
            ...(Number.isFinite(exact) && { exact: short(rounded(exact)) }),
          },
        ];
  return [
    { name: "draws", value: formatCount(numDraws) },
    ...figure("accepted", summary.acceptance_rate, formatPercent),
    ...figure("divergent", summary.num_divergent, formatCount),
    ...figure("ESS", summary.ess, formatCount),
    ...figure("R-hat", summary.rhat, (value) => value.toFixed(2)),
    ...against("mean", summary.mean, summary.exact_mean),
    ...against("sd", summary.sd, summary.exact_sd),
  ];
}

/** A sentence with its numbers set off. */
function withNumbers(sentence: string): (Node | string)[] {
  return sentence
    .split(/([+−-]?\d+(?:[.,]\d+)*(?:e[+−-]?\d+)?)/)
    .map((part, i) => (i % 2 ? h("b", "", {}, part) : part));
}

/** Heading, buttons and figures of the sampler, and the sentence on its last step. */
export function createSampler(_view: View, dock: HTMLElement): Panel {
  const heading = h("div", "section-title", { role: "heading", "aria-level": 3 });
  const list = h("div", "figures");
  const sentence = h("div", "sentence", { "aria-live": "polite" });
  const head = h("div", "sampler-head", {}, heading, dock, list);
  const element = h("div", "sampler", {}, head, sentence);
  return {
    element,
    update(state, changed) {
      if (touches(changed, "values")) {
        const algorithm = String(state.values.algorithm);
        heading.textContent = NAMES[algorithm] ?? algorithm.toUpperCase();
      }
      if (touches(changed, "drawsNumber")) {
        list.replaceChildren(
          ...figures(state).map(({ name, value, exact }) =>
            h(
              "span",
              "figure",
              {},
              h("span", "muted", {}, name),
              " ",
              h("b", "", {}, value),
              ...(exact ? [h("span", "exact", {}, ` exact ${exact}`)] : []),
            ),
          ),
        );
      }
      if (touches(changed, "transition", "running")) showSentence(state, sentence);
    },
  };
}

/** While the chain runs, sentences would follow each other faster than anyone can hear them. */
function showSentence({ transition, running }: State, element: HTMLElement): void {
  setAttributes(element, { "aria-live": running ? "off" : "polite" });
  if (!transition) {
    element.replaceChildren("Press Step: HMC draws a momentum");
    return;
  }
  const tone = transition.is_accepted && !transition.is_divergent ? "right" : "wrong";
  // The last part tells the outcome.
  const cut = transition.sentence.lastIndexOf("→") + 1;
  const children: (Node | string)[] = [
    ...withNumbers(transition.sentence.slice(0, cut)),
    h("span", `outcome ${tone}`, {}, toneIcon(tone), transition.sentence.slice(cut).trim()),
  ];
  if (transition.what_if) children.unshift(h("span", "what-if", {}, "what if"));
  element.replaceChildren(h("span", "", {}, ...children));
}
