import { formatNumber, typeset } from "../draw/format.ts";
import type { Path, Transition } from "../state/frame.ts";

/** One moment of a transition: what has just happened, in a sentence, and where that led. */
export interface Stage {
  sentence: string;
  position: number;
  momentum: number;
  /** Points of the trail, or doublings of the tree, that have been made. */
  made: number;
  /** Leapfrog steps that have been made. */
  steps: number;
  /** Whether the acceptance probability is known, and the decision made. */
  isCompared?: boolean;
  isDecided?: boolean;
}

const n = (value: number) => typeset(formatNumber(value, 4));
const signed = (value: number) => (value > 0 ? `+${n(value)}` : n(value));

/** The points that the integrator went through: half kicks and drifts where they are known. */
export const trailOf = ({ substeps, position, momentum }: Transition) =>
  substeps ?? { position, momentum: momentum ?? new Float64Array(position.length) };

/** What happens in a transition, one after the other. */
export function stages(transition: Transition): Stage[] {
  if (transition.tree) return doublings(transition, transition.tree);
  return transition.momentum ? leapfrog(transition) : proposal(transition);
}

function leapfrog(transition: Transition): Stage[] {
  const { position, momentum } = trailOf(transition);
  const { step_size: stepSize } = transition.scalars;
  const steps = transition.position.length - 1;
  const parts = transition.substeps ? 3 : 1;
  const found: Stage[] = [];
  for (let i = 0; i < position.length; i++) {
    const at = { position: position[i] as number, momentum: momentum[i] as number };
    const before = {
      position: position[i - 1] as number,
      momentum: momentum[i - 1] as number,
    };
    const step = Math.ceil(i / parts);
    const which = `Leapfrog step ${step} of ${steps}`;
    const kicked = at.momentum - before.momentum;
    const moved = at.position - before.position;
    let sentence: string;
    if (i === 0) {
      sentence = `At position ${n(at.position)} a momentum is drawn: ${n(at.momentum)}.`;
    } else if (parts === 1) {
      sentence = `${which}: position ${n(at.position)}, momentum ${n(at.momentum)}.`;
    } else if (i % 3 === 2) {
      sentence =
        `${which}, drift: the momentum ${n(at.momentum)} moves the position by ` +
        `${signed(moved)} to ${n(at.position)}.`;
    } else {
      sentence =
        `${which}, half kick: the gradient ${n(kicked / (stepSize / 2))} changes the momentum ` +
        `by ${signed(kicked)} to ${n(at.momentum)}.`;
    }
    found.push({ ...at, sentence, made: i + 1, steps: Math.floor(i / parts) });
  }
  return [...found, ...decision(transition, found.at(-1) as Stage)];
}

/** What follows a leapfrog path: flip, energy, probability, accept or reject. */
function decision(transition: Transition, end: Stage): Stage[] {
  const { energy, scalars } = transition;
  const flipped = { ...end, momentum: -end.momentum };
  const found: Stage[] = [
    {
      ...flipped,
      sentence:
        `Flip: the momentum ${n(end.momentum)} becomes ${n(-end.momentum)}, so that the way back ` +
        "is as likely as the way there.",
    },
  ];
  if (energy) {
    found.push({
      ...flipped,
      sentence:
        `Energy: ${n(energy[0] as number)} at the start, ${n(energy.at(-1) as number)} at the ` +
        `end: ΔH = ${signed(-scalars.delta_energy)}.`,
    });
  }
  return [...found, ...verdict(transition, flipped)];
}

/** The acceptance probability against the number drawn, and what follows. */
function verdict({ scalars, position, ...transition }: Transition, end: Stage): Stage[] {
  const { acceptance_rate: probability, uniform } = scalars;
  const from = n(position[0] as number);
  const compared = `u = ${n(uniform)} is ${uniform < probability ? "less" : "not less"} than ${n(probability)}`;
  const why = transition.is_divergent ? "ΔH is above 1000, a divergence" : compared;
  return [
    {
      ...end,
      isCompared: true,
      sentence:
        `Accept with probability ${transition.momentum ? "min(1, exp(−ΔH)) = " : ""}` +
        `${n(probability)}; the number drawn is u = ${n(uniform)}.`,
    },
    {
      ...end,
      isCompared: true,
      isDecided: true,
      sentence: transition.is_accepted
        ? `${compared}: accepted. The chain moves from ${from} to ${n(end.position)}.`
        : `${why}: rejected. The chain stays at ${from}.`,
    },
  ];
}

function proposal(transition: Transition): Stage[] {
  const [from, to] = transition.position as unknown as [number, number];
  const start = { position: from, momentum: 0, made: 1, steps: 0 };
  const end = { position: to, momentum: 0, made: 2, steps: 1 };
  return [
    { ...start, sentence: `The chain is at position ${n(from)}.` },
    {
      ...end,
      sentence: `A step along the gradient and a random one propose ${n(to)}: no momentum, no path.`,
    },
    ...verdict(transition, end as Stage),
  ];
}

function doublings(transition: Transition, tree: NonNullable<Transition["tree"]>): Stage[] {
  const at = (i: number) => ({
    position: transition.position[i] as number,
    momentum: transition.momentum?.[i] as number,
  });
  const start = at(tree.start);
  const found: Stage[] = [
    {
      ...start,
      made: 0,
      steps: 0,
      sentence: `At position ${n(start.position)} a momentum is drawn: ${n(start.momentum)}.`,
    },
  ];
  tree.directions.forEach((direction, doubling) => {
    const points = tree.doubling.filter((each) => each === doubling).length;
    const isLast = doubling === tree.directions.length - 1;
    const discarded =
      isLast && tree.is_last_discarded ? " They are discarded: the path turns." : "";
    found.push({
      ...start,
      made: doubling + 1,
      steps: found.length,
      sentence:
        `Doubling ${doubling + 1} goes ${direction > 0 ? "forward" : "backward"} in time: ` +
        `${points} more point${points > 1 ? "s" : ""}.${discarded}`,
    });
  });
  const chosen = at(tree.selected);
  const why = transition.is_divergent
    ? "The energy explodes, a divergence, and the doubling stops"
    : tree.is_turning
      ? "The path turns back on itself, and the doubling stops"
      : "The largest tree is reached";
  found.push({
    ...chosen,
    made: tree.directions.length,
    steps: tree.directions.length,
    isDecided: true,
    sentence: `${why}: point ${tree.order[tree.selected]}, position ${n(chosen.position)}, is drawn from them.`,
  });
  return found;
}

/** A gradient that the transition asked for: where, and the moment that made use of it first. */
export interface Asked {
  position: number;
  stage: number;
}

/** In the order of the path; at its start the gradient was known from the transition before. */
export function askedGradients(transition: Transition): Asked[] {
  const { position, tree, substeps } = transition;
  const parts = substeps ? 3 : 1;
  const found = Array.from(position, (at, i) => ({
    position: at,
    stage: tree ? (tree.doubling[i] as number) + 1 : parts * i,
  }));
  return found.filter(({ stage }) => stage > 0);
}

/** What two moments have between them, for a move that is on its way. */
export function between(found: readonly Stage[], stage: number) {
  const last = found.length - 1;
  const next = found[Math.min(last, Math.ceil(stage))] as Stage;
  const before = found[Math.max(0, Math.min(last, Math.ceil(stage) - 1))] as Stage;
  const share = stage === Math.ceil(stage) ? 1 : stage - Math.floor(stage);
  const mix = (a: number, b: number) => a + (b - a) * share;
  return {
    now: next,
    before,
    position: mix(before.position, next.position),
    momentum: mix(before.momentum, next.momentum),
  };
}

/** The energy above that of the start. */
export const aboveStart = ({ energy }: Path): Float64Array | null =>
  energy?.map((value) => value - (energy[0] as number)) ?? null;
