"""BlackJAX's chains, seen from inside: draws, transitions, diagnostics, the exact density."""

from ._chain import Chain
from ._density import Density, exact_density
from ._diagnostics import Diagnostics, ess, rhat
from ._kernels import ALGORITHMS
from ._replay import LastStep, Transition
from ._settings import (
    MAX_CHAINS,
    MAX_INTEGRATION_STEPS,
    MAX_SEED,
    Settings,
    check_integer,
    check_position,
    check_settings,
)

__all__ = [
    "ALGORITHMS",
    "MAX_CHAINS",
    "MAX_INTEGRATION_STEPS",
    "MAX_SEED",
    "Chain",
    "Density",
    "Diagnostics",
    "LastStep",
    "Settings",
    "Transition",
    "check_integer",
    "check_position",
    "check_settings",
    "ess",
    "exact_density",
    "rhat",
]
