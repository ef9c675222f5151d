"""What is differentiated: functions defined by an inner minimisation, and their parameters."""

from ._conjugate import conjugate
from ._parameter import Parameter, as_slider, slider
from ._power import power
from ._problem import SOLVERS, Problem

__all__ = ["SOLVERS", "Parameter", "Problem", "as_slider", "conjugate", "power", "slider"]
