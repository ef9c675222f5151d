"""Is the derivative of this function right, and if not, why?"""

from ._check import check_gradient as check_gradient
from ._report import CheckRow as CheckRow
from ._report import GradientReport as GradientReport
from ._report import Outcome as Outcome
