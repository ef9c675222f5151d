"""BlackJAX's chains, seen from inside: draws, transitions, diagnostics, the exact density."""

from ._adaptation import Warmup
from ._chain import Chain
from ._density import Density, exact_density
from ._diagnostics import Diagnostics, ebfmi, ess, ess_tail, rhat
from ._export import sample_stats, to_arviz, to_csv
from ._kernels import ALGORITHMS
from ._marginals import Marginals, exact_marginals
from ._plane import Slice, on_plane, slice_of, visible_box
from ._settings import (
    MAX_CHAINS,
    MAX_INTEGRATION_STEPS,
    MAX_SEED,
    Settings,
    check_integer,
    check_position,
    check_settings,
)
from ._transition import LastStep, Substeps, Transition, Tree, leapfrog_substeps

__all__ = [
    "ALGORITHMS",
    "MAX_CHAINS",
    "MAX_INTEGRATION_STEPS",
    "MAX_SEED",
    "Chain",
    "Density",
    "Diagnostics",
    "LastStep",
    "Marginals",
    "Settings",
    "Slice",
    "Substeps",
    "Transition",
    "Tree",
    "Warmup",
    "check_integer",
    "check_position",
    "check_settings",
    "ebfmi",
    "ess",
    "ess_tail",
    "exact_density",
    "exact_marginals",
    "leapfrog_substeps",
    "on_plane",
    "rhat",
    "sample_stats",
    "slice_of",
    "to_arviz",
    "to_csv",
    "visible_box",
]
