"""Named situations: a few settings and one sentence on what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..problems import Problem


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


def preset_applies(problem: Problem, dim: int | None) -> bool:
    """Whether the presets are situations of a problem: of the power problem with a number x."""
    return problem.name == "power" and dim is None


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
    "gradient_scale": 1.0,
}


def _hmc(step_size: float, num_integration_steps: int) -> Mapping[str, Any]:
    """HMC on the power problem with p = 3, with the right solver."""
    return MappingProxyType(
        {
            **_TUTORIAL,
            "solver": "safeguarded",
            "dtype": "float64",
            "step_size": step_size,
            "num_integration_steps": num_integration_steps,
        }
    )


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
        "good": Preset(
            "Good settings",
            "Paths long enough to cross the density, and steps small enough: nearly every draw is "
            "accepted, and few are like the one before.",
            _hmc(0.3, 5),
        ),
        "half orbit": Preset(
            "Half an orbit",
            "Every path ends on the other side, so draws alternate: the mean is excellent, with "
            "more effective draws than draws, and the spread is off.",
            _hmc(0.1, 20),
        ),
        "resonance": Preset(
            "A closed orbit",
            "Every path comes back to where it began: everything is accepted, and hardly "
            "anything is explored.",
            _hmc(0.1, 48),
        ),
        "divergent": Preset(
            "Divergent",
            "The steps are too long for the integrator: the energy explodes, and most "
            "transitions diverge.",
            _hmc(1.5, 20),
        ),
        "frozen": Preset(
            "Frozen",
            "With steps longer still nothing is ever accepted: the chain stays where it is.",
            _hmc(2.0, 20),
        ),
    }
)
