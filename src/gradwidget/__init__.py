"""See whether a gradient is right, and what a sampler does with it: live in the notebook.

Public names are imported when they are first used, so that `import gradwidget` costs little more
than `import jax`, and the numerical half works without a notebook's packages being loaded.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradwidget.argmin import Status
    from gradwidget.compiler import UnsupportedPrimitiveError, to_javascript
    from gradwidget.inspection import (
        GradientReport,
        Inspection,
        Verdict,
        check_gradient,
        inspect,
        inspect_curve,
        inspect_map,
    )
    from gradwidget.problems import (
        Parameter,
        Problem,
        conjugate,
        envelope,
        from_function,
        gallery,
        power,
        slider,
    )
    from gradwidget.widget import GradWidget

__version__ = "0.1.0"

__all__ = [
    "GradWidget",
    "GradientReport",
    "Inspection",
    "Parameter",
    "Problem",
    "Status",
    "UnsupportedPrimitiveError",
    "Verdict",
    "__version__",
    "check_gradient",
    "conjugate",
    "envelope",
    "from_function",
    "gallery",
    "inspect",
    "inspect_curve",
    "inspect_map",
    "power",
    "slider",
    "to_javascript",
]

_HOME = {
    "GradWidget": "widget",
    "GradientReport": "inspection",
    "Inspection": "inspection",
    "Parameter": "problems",
    "Problem": "problems",
    "Status": "argmin",
    "UnsupportedPrimitiveError": "compiler",
    "Verdict": "inspection",
    "check_gradient": "inspection",
    "conjugate": "problems",
    "envelope": "problems",
    "from_function": "problems",
    "gallery": "problems",
    "inspect": "inspection",
    "inspect_curve": "inspection",
    "inspect_map": "inspection",
    "power": "problems",
    "slider": "problems",
    "to_javascript": "compiler",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(_import_module(f"{__name__}.{home}"), name)
    globals()[name] = value  # the next access does not come here
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
