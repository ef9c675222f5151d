"""Problems to begin with, each with its source."""

from functools import cache

from . import _gallery_models, _gallery_scalar, _gallery_targets, _gallery_vector
from ._power import power
from ._problem import Problem


def gallery() -> dict[str, Problem]:
    """Problems by name, each with a `description`, a `source`, and sensible ranges.

    Most have a closed form. `optimal_transport` and `logistic_profile` have none; their tests
    compare them with other algorithms, in high precision. `banana` and `funnel` are log densities
    with a gradient written by hand, for the sampler.

    ```python
    GradWidget(gallery()["moreau"])
    ```

    **Returns:** a dict from names to [`Problem`][]s: always the same objects, so that what is
    compiled for them is shared.
    """
    return dict(_made())


@cache
def _made() -> dict[str, Problem]:
    problems = [
        power(),
        *_gallery_scalar.problems(),
        *_gallery_vector.problems(),
        *_gallery_models.problems(),
        *_gallery_targets.problems(),
    ]
    return {problem.name: problem for problem in problems}
