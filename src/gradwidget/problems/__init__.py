"""What is differentiated: functions defined by an inner minimisation, and their parameters."""

from ._conjugate import conjugate
from ._envelope import envelope
from ._function import from_function
from ._gallery import gallery
from ._parameter import Parameter, as_slider, choices, slider
from ._power import power
from ._problem import SOLVERS, Problem
from ._user_code import UserFunctionError

__all__ = [
    "SOLVERS",
    "Parameter",
    "Problem",
    "UserFunctionError",
    "as_slider",
    "choices",
    "conjugate",
    "envelope",
    "from_function",
    "gallery",
    "power",
    "slider",
]
