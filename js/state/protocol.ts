// Generated from src/gradwidget/widget/protocol.py; do not edit.

export const FRAME = "frame";
export const DRAWS = "draws";

export const ROW_COLUMNS = [
  "value",
  "gradient",
  "relative error",
  "inner residual",
  "time",
] as const;

export const POINT_FIELDS = [
  "value",
  "gradient",
  "argmin",
  "hessian",
  "residual",
  "num_steps",
  "status",
  "reference_value",
  "reference_gradient",
  "fd_gradient",
  "fd_error",
  "rel_error",
  "verdict",
] as const;

export const TRANSITION_FIELDS = [
  "delta_energy",
  "acceptance_rate",
  "uniform",
  "momentum",
  "inverse_mass",
  "step_size",
] as const;

export const SUMMARY_FIELDS = [
  "acceptance_rate",
  "num_divergent",
  "ess",
  "rhat",
  "mean",
  "sd",
  "exact_mean",
  "exact_sd",
] as const;

export const VERDICTS = {
  agree: 0,
  disagree: 1,
  not_converged: 2,
  unbounded: 3,
  kink: 4,
  undefined: 5,
  unchecked: 6,
} as const;

export const CREDIT = 2;
