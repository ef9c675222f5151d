import { Chain } from "./chain.ts";
import type { Parameter } from "./check.ts";
import type { Frame, Transition, Values } from "./frame.ts";

/** What the page knows of the problem, told once. */
export interface Spec {
  title: string;
  formula: string;
  function: string;
  parameters: readonly Parameter[];
  x: Parameter;
  solvers: readonly string[];
  dtypes: readonly string[];
  algorithms: readonly string[];
  presets: readonly { name: string; label: string; sentence: string }[];
}

/** How the engine is: it answers, prepares, failed, has not answered yet, or is gone. */
export interface Status {
  engine: string;
  state: "live" | "compiling" | "error" | "connecting" | "gone";
  /** One or two words. */
  text: string;
  /** The whole story. */
  detail: string;
}

/** What one view shows. */
export interface State {
  spec: Spec;
  /** What the controls say: the hand is ahead of the kernel. */
  values: Values;
  frame: Frame | null;
  transition: Transition | null;
  chain: Chain;
  /** Number of the newest draws in `chain`, which is changed in place. */
  drawsNumber: number;
  running: boolean;
  status: Status;
  /** What was refused and why; a new object each time, so that it is announced again. */
  alert: { sentence: string } | null;
  /** The number y* is pointed at: all its places light up. */
  highlighted: boolean;
  /** Where the reader points in the error plot. */
  readout: number | null;
  errorScale: "symlog" | "linear";
  settingsOpen: boolean;
  theme: "light" | "dark";
  /** Counts changes of size, which call for drawing. */
  layout: number;
}

export function initialState(
  given: Pick<State, "spec" | "values" | "settingsOpen" | "status">,
): State {
  return {
    ...given,
    frame: null,
    transition: null,
    chain: new Chain(),
    drawsNumber: -1,
    running: false,
    alert: null,
    highlighted: false,
    readout: null,
    errorScale: "symlog",
    theme: "light",
    layout: 0,
  };
}

/** The traits, besides x and the parameters, that a view shows and sets. */
export const SETTINGS = [
  "solver",
  "dtype",
  "algorithm",
  "step_size",
  "num_integration_steps",
  "inverse_mass_matrix",
  "initial_position",
  "seed",
  "num_chains",
] as const;

export type Setting = (typeof SETTINGS)[number];
