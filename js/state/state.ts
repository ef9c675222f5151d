import { Chain } from "./chain.ts";
import type { Parameter } from "./check.ts";
import type { Frame, Transition, Values } from "./frame.ts";
import type { ErrorMap, Report } from "./inspector.ts";
import type { Plane } from "./plane.ts";
import type { SETTINGS } from "./protocol.ts";

/** A named situation, and what to look at in it. */
export interface Preset {
  name: string;
  label: string;
  sentence: string;
  values?: Values;
}

/** What the page knows of the problem, told once. */
export interface Spec {
  title: string;
  formula: string;
  description: string;
  source: string;
  /** Names of the problems that may take this one's place. */
  problems: readonly string[];
  function: string;
  parameters: readonly Parameter[];
  /** What the curves are over: x, or t on a line through a vector. */
  x: Parameter;
  /** A vector x that the line goes through; null for a scalar. */
  point: { name: string; dim: number } | null;
  /** Whether df/dx is y*, as in a conjugate: then one number is seen in three places. */
  gradient_is_argmin: boolean;
  solvers: readonly string[];
  dtypes: readonly string[];
  algorithms: readonly string[];
  presets: readonly Preset[];
}

/** How the engine is: it answers, prepares, failed, has not answered yet, or is gone. */
export interface Status {
  engine: string;
  state: "live" | "compiling" | "error" | "connecting" | "gone";
  /** One or two words. */
  text: string;
  /** The whole story. */
  detail: string;
  /** Why something cannot be done here, by its name. */
  cannot?: { warmup?: string; check?: string; copy?: Record<string, string>; locked?: string };
}

/** What whoever made the widget decided of its look. */
export interface Look {
  view: "all" | "gradient" | "sampler";
  /** The controls that are shown, and no others; null: all of them. */
  controls: readonly string[] | null;
  /** Inputs that cannot be changed here. */
  lock: readonly string[];
  projector: boolean;
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
  /** The draw that was asked for and has not come yet. */
  wanted: number | null;
  /** What the sampler does in the shown transition; between two whole numbers it is on its way. */
  stage: number | null;
  isPlaying: boolean;
  /** The next click in a plot of positions tells where to start. */
  isPicking: boolean;
  /** Name of the preset that was chosen last. */
  preset: string | null;
  /** The check of the rule: whether it is shown, asked for, and what was found last. */
  rule: { isOpen: boolean; isPending: boolean; report: Report | null };
  /** The map: over which parameter (null: not shown), what it was asked for, what came last. */
  map: {
    parameter: string | null;
    key: string | null;
    isPending: boolean;
    found: ErrorMap | null;
  };
  /** What is known over two coordinates of a vector. */
  plane: Plane;
  look: Look;
  theme: "light" | "dark";
  /** Counts changes of size, which call for drawing. */
  layout: number;
}

export function initialState(
  given: Pick<State, "spec" | "values" | "look" | "settingsOpen" | "status">,
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
    wanted: null,
    stage: null,
    isPlaying: false,
    isPicking: false,
    preset: null,
    rule: { isOpen: false, isPending: false, report: null },
    map: { parameter: null, key: null, isPending: false, found: null },
    plane: { key: null, hasFailed: false, field: null, density: null },
    theme: "light",
    layout: 0,
  };
}

/** A trait, besides x and the parameters, that a view shows and sets. */
export type Setting = (typeof SETTINGS)[number];
