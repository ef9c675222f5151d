import { formatCount, formatNumber, formatPercent, typeset } from "../draw/format.ts";
import { shownMarginal } from "../state/plane.ts";
import { watchPreset } from "../state/preset.ts";
import type { State } from "../state/state.ts";
import { h, setAttributes, setText } from "./dom.ts";
import { toneIcon } from "./headline.ts";
import { momentOf } from "./substeps.ts";
import { type Panel, touches } from "./view.ts";

const NAMES: Record<string, string> = {
  hmc: "Hamiltonian Monte Carlo",
  nuts: "No-U-Turn Sampler",
  mala: "Metropolis-adjusted Langevin",
};

/** With fewer draws in a chain nothing can be said of it. */
const FEW = 100;
/** Vehtari et al. (2021): R-hat at most this, and so many effective draws for each chain. */
const RHAT = 1.01;
const ESS_PER_CHAIN = 100;
/** Betancourt (2016): below this the momenta hardly change the energy. */
const EBFMI = 0.3;
/** Standard errors by which a mean may be off. */
const SURPRISE = 4;
/** A quadrature that may be off by more judges nobody. */
const ROUGH = 1e-3;

/** What the figures are, for those who point at them. */
const ABOUT: Record<string, string> = {
  accepted: "mean acceptance probability",
  ESS: "effective sample size: so many independent draws would tell as much of the middle",
  "tail ESS": "effective sample size of the 5 % and 95 % quantiles",
  "R-hat": "how far the chains disagree: 1 when they all say the same",
  "E-BFMI": "how freely the momenta change the energy: good when it is near 1",
  mean: "beside it the exact one, by quadrature",
  sd: "beside it the exact one, by quadrature",
};
/** ArviZ gives no R-hat of a single chain. */
const OF_HALVES = "how far the two halves of this chain disagree: 1 when they say the same";

interface Figure {
  name: string;
  value: string;
  /** What the value should be, by quadrature. */
  exact?: string | undefined;
  /** What is bad about it. */
  trouble?: string | undefined;
}

/** Of one coordinate of a vector the exact moments come with its plane. */
function summaryOf(state: State) {
  const { summary } = state.chain;
  const marginal = shownMarginal(state);
  return summary && marginal && marginal.error < ROUGH
    ? { ...summary, exact_mean: marginal.mean, exact_sd: marginal.sd }
    : summary;
}

function figures(state: State): Figure[] {
  const { numDraws, warmup } = state.chain;
  const summary = summaryOf(state);
  const warmedUp = warmup
    ? [
        {
          name: `warm-up of ${formatCount(warmup.num_draws)} found`,
          value:
            `step size ${typeset(formatNumber(warmup.step_size, 3))}, ` +
            `inverse mass ${mass(warmup.inverse_mass_matrix)}`,
        },
      ]
    : [];
  if (!summary || !numDraws) return [{ name: "draws", value: "0" }, ...warmedUp];
  const short = (value: number) => typeset(formatNumber(value, 3));
  const figure = (
    name: string,
    value: number,
    format: (v: number) => string,
    trouble?: string | false,
  ): Figure[] =>
    Number.isNaN(value) ? [] : [{ name, value: format(value), trouble: trouble || undefined }];
  const isJudged = numDraws >= FEW;
  const least = ESS_PER_CHAIN * Math.max(1, state.chain.series.length);
  const fewEffective = (ess: number) =>
    isJudged && ess < least && `less than ${least}: the draws depend on each other too much`;
  // A mean by quadrature is zero up to rounding, as measured by the spread.
  const rounded = (value: number) => (Math.abs(value) < 1e-7 * summary.exact_sd ? 0 : value);
  const against = (name: string, value: number, exact: number, error: number): Figure[] => {
    const isOff = isJudged && Math.abs(value - exact) > SURPRISE * error;
    return figure(name, value, short, isOff && "further from the exact one than chance allows").map(
      (found) => ({ ...found, exact: Number.isFinite(exact) ? short(rounded(exact)) : undefined }),
    );
  };
  const error = summary.exact_sd / Math.sqrt(summary.ess);
  return [
    { name: "draws", value: formatCount(numDraws) },
    ...figure("accepted", summary.acceptance_rate, formatPercent),
    ...figure(
      "divergent",
      summary.num_divergent,
      formatCount,
      summary.num_divergent > 0 && "the path left the energy level: the step is too large there",
    ),
    ...figure("ESS", summary.ess, formatCount, fewEffective(summary.ess)),
    ...figure("tail ESS", summary.ess_tail, formatCount, fewEffective(summary.ess_tail)),
    ...figure(
      "R-hat",
      summary.rhat,
      (value) => value.toFixed(3),
      isJudged && summary.rhat > RHAT && `above ${RHAT}: the chains have not mixed`,
    ),
    ...figure(
      "E-BFMI",
      summary.ebfmi,
      (value) => value.toFixed(2),
      isJudged && summary.ebfmi < EBFMI && `below ${EBFMI}: momenta hardly change the energy`,
    ),
    ...against("mean", summary.mean, summary.exact_mean, error),
    ...against("sd", summary.sd, summary.exact_sd, error),
    ...warmedUp,
  ];
}

const aboutOf = (name: string, { chain }: State) =>
  name === "R-hat" && chain.series.length === 1 ? OF_HALVES : ABOUT[name];

/** A sentence with its numbers set off. */
function withNumbers(sentence: string): (Node | string)[] {
  return sentence
    .split(/([+−-]?\d+(?:[.,]\d+)*(?:e[+−-]?\d+)?)/)
    .map((part, i) => (i % 2 ? h("b", "", {}, part) : part));
}

/** Heading, buttons and figures of the sampler, and the sentence on its last step. */
export function createSampler(dock: HTMLElement): Panel {
  const presetOf = watchPreset();
  const heading = h("div", "section-title", { role: "heading", "aria-level": 3 });
  const list = h("div", "figures");
  const sentence = h("div", "sentence", { "aria-live": "polite" });
  const head = h("div", "sampler-head", {}, heading, dock, list);
  const lookAt = h("p", "look-at", {});
  const element = h("div", "sampler", {}, head, lookAt, sentence);
  return {
    element,
    inTurns: true,
    update(state, changed) {
      if (touches(changed, "values")) {
        const algorithm = String(state.values.algorithm);
        const scale = Number(state.values.gradient_scale ?? 1);
        const wrong = scale === 1 ? "" : `, gradient × ${typeset(String(scale))}`;
        setText(heading, (NAMES[algorithm] ?? algorithm.toUpperCase()) + wrong);
      }
      if (touches(changed, "preset", "values")) {
        const chosen = presetOf(state);
        setText(lookAt, chosen ? `What to look at: ${chosen.sentence}` : "");
        lookAt.hidden = !chosen;
      }
      if (touches(changed, "drawsNumber", "plane", "values")) {
        list.replaceChildren(
          ...figures(state).map(({ name, value, exact, trouble }) =>
            h(
              "span",
              trouble ? "figure trouble" : "figure",
              { title: trouble ?? aboutOf(name, state) },
              ...(trouble ? [toneIcon("wrong"), h("span", "unseen", {}, "bad: ")] : []),
              h("span", "muted", {}, name),
              " ",
              h("b", "", {}, value),
              ...(trouble ? [h("span", "unseen", {}, `, ${trouble}`)] : []),
              ...(exact ? [h("span", "exact", {}, ` exact ${exact}`)] : []),
            ),
          ),
        );
      }
      if (touches(changed, "transition", "running", "stage", "values"))
        showSentence(state, sentence);
    },
  };
}

/** Before the first draw. */
export const invitation = ({ values }: State) =>
  values.algorithm === "mala"
    ? "Press Step: MALA makes a proposal"
    : `Press Step: ${String(values.algorithm).toUpperCase()} draws a momentum`;

/** A mass of one dimension is a number however it is wrapped. */
function mass(value: unknown): string {
  const all = Array.isArray(value) ? value.flat() : [value];
  const numbers = all.map((each) => typeset(formatNumber(Number(each), 3)));
  return numbers.length > 1 ? `[${numbers.join(", ")}]` : (numbers[0] ?? "");
}

/** While the chain runs, sentences would follow each other faster than anyone can hear them. */
function showSentence(state: State, element: HTMLElement): void {
  const { transition, running } = state;
  setAttributes(element, { "aria-live": running ? "off" : "polite" });
  if (!transition) {
    setText(element, invitation(state));
    return;
  }
  const moment = momentOf(state);
  if (moment) {
    // Said once, however often it is drawn.
    if (element.textContent !== moment.sentence) {
      element.replaceChildren(h("span", "", {}, ...withNumbers(moment.sentence)));
    }
    return;
  }
  const tone = transition.is_accepted === false || transition.is_divergent ? "wrong" : "right";
  // The last part tells the outcome.
  const cut = transition.sentence.lastIndexOf("→") + 1;
  const children: (Node | string)[] = [
    ...withNumbers(transition.sentence.slice(0, cut)),
    h("span", `outcome ${tone}`, {}, toneIcon(tone), transition.sentence.slice(cut).trim()),
  ];
  if (transition.is_last === false) {
    children.unshift(h("span", "what-if", {}, `draw ${transition.index}`), " ");
  }
  if (transition.what_if) children.unshift(h("span", "what-if", {}, "what if"), " ");
  element.replaceChildren(h("span", "", {}, ...children));
}
