"""Named situations: a few settings and one sentence on what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Preset(NamedTuple):
    """A named situation of the power problem.

    Attributes:
        label: what the menu shows.
        sentence: one sentence on what to look at.
        values: trait values to set.
    """

    label: str
    sentence: str
    values: Mapping[str, Any]


#: BlackJAX's tutorial on custom gradients, as it stands there: the solver, the precision, the
#: sampler's settings and where the chain starts.
_TUTORIAL: dict[str, Any] = {
    "p": 3.0,
    "x": 0.31415,
    "solver": "bfgs",
    "dtype": "float32",
    "algorithm": "hmc",
    "step_size": 1e-2,
    "num_integration_steps": 20,
    "inverse_mass_matrix": 1.0,
    "initial_position": 1.0,
    "num_chains": 1,
}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "tutorial": Preset(
            "The tutorial's settings",
            "BlackJAX's tutorial as it stands: BFGS in float32, and HMC with steps so small that "
            "every draw is accepted and the chain hardly moves.",
            MappingProxyType(_TUTORIAL),
        ),
        "wrong": Preset(
            "Where the tutorial's gradient is wrong",
            "At x = 0.18 BFGS stops early, and the argmin that serves as the gradient is off by "
            "4.7 %.",
            MappingProxyType({**_TUTORIAL, "x": 0.18}),
        ),
    }
)
