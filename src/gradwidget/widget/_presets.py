"""Named situations: a few settings and one sentence on what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from traitlets import TraitError

from .._naming import near_match
from ..problems import Problem

if TYPE_CHECKING:
    from ._gradwidget import GradWidget


class Preset(NamedTuple):
    """A named situation.

    Attributes:
        label: what the menu shows.
        sentence: one sentence on what to look at.
        values: trait values to set.
    """

    label: str
    sentence: str
    values: Mapping[str, Any]


def presets_of(problem: Problem, dim: int | None) -> Mapping[str, Preset]:
    """What is always there: situations of the power problem with a number x, and no others."""
    return PRESETS if problem.name == "power" and dim is None else {}


#: Beside the values in a preset of one's own.
_SENTENCE = "sentence"


def read_presets(given: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Preset]:
    """Situations of one's own, as the widget's user writes them.

    Args:
        given: by name a mapping of values, with what to look at as its `"sentence"`.

    Returns:
        Presets by name; their values are not judged yet.

    Raises:
        ValueError: it has another form; says which one it should have.
    """
    given = {} if given is None else given
    form = 'presets must be like {"my start": {"p": 3, "x": 0.18, "sentence": "Look at ..."}}'
    if not isinstance(given, Mapping):
        raise ValueError(f"{form}, not {given!r}.")
    read = {}
    for name, preset in given.items():
        if not isinstance(name, str) or not name or not isinstance(preset, Mapping):
            raise ValueError(f"{form}; {name!r} is {preset!r}.")
        values = {key: value for key, value in preset.items() if key != _SENTENCE}
        sentence = preset.get(_SENTENCE, "")
        if not isinstance(sentence, str):
            raise ValueError(f"the sentence of the preset {name!r} must be a text: {sentence!r}.")
        read[name] = Preset(name, sentence, values)
    return read


def checked_preset(name: str, preset: Preset, widget: GradWidget) -> Preset:
    """A preset whose values a widget can take, in the form in which it keeps them.

    Raises:
        ValueError: it has a name that is no input, or a value that is refused; says why.
    """
    traits, values = widget.traits(), {}
    for key, value in preset.values.items():
        if key not in widget._inputs:
            raise ValueError(
                f"The preset {name!r} sets {key!r}, which is no input here."
                f"{near_match(key, widget._inputs)}"
            )
        try:
            values[key] = traits[key].validate(widget, value)
        except TraitError as error:
            raise ValueError(f"The preset {name!r}: {error}") from None
    return preset._replace(values=MappingProxyType(values))


def written_presets(presets: Mapping[str, Preset]) -> dict[str, dict[str, Any]]:
    """What :func:`read_presets` reads, of what JSON knows."""
    return {
        name: {**preset.values, **({_SENTENCE: preset.sentence} if preset.sentence else {})}
        for name, preset in presets.items()
    }


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
