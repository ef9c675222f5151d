"""A chain for other programs: ArviZ and CSV."""

from __future__ import annotations

import csv
import io
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._chain import Chain


def sample_stats(chain: Chain) -> dict[str, NDArray[Any]]:
    """What is known of every transition, (chains, draws), under ArviZ's names.

    Args:
        chain: any chain.

    Returns:
        `lp`, `acceptance_rate`, `n_steps` and `step_size`; `accepted`, `diverging` and `energy`
        where the algorithm has them.
    """
    step_size = np.empty((chain.num_chains, chain.num_draws))
    for first, settings in chain.marks:
        step_size[:, first:] = settings.step_size
    found = {
        "lp": chain.logdensity,
        "acceptance_rate": chain.acceptance_rate,
        "accepted": chain.is_accepted,
        "diverging": chain.is_divergent,
        "energy": chain.energy,
        "n_steps": chain.num_integration_steps,
        "step_size": step_size,
    }
    return {name: values for name, values in found.items() if values is not None}


def to_arviz(chain: Chain, name: str = "x") -> Any:
    """The chain as ArviZ takes it.

    Args:
        chain: any chain.
        name: of the variable that was sampled.

    Returns:
        ArviZ's data with the groups `posterior` and `sample_stats`: a DataTree from ArviZ 1.0
        on, an InferenceData before.

    Raises:
        ImportError: ArviZ is not installed.
    """
    try:
        import arviz
    except ImportError as error:
        raise ImportError(
            "to_arviz() needs ArviZ, which is optional: pip install 'gradwidget[arviz]'"
        ) from error
    posterior, stats = {name: chain.samples}, sample_stats(chain)
    attributes = {
        "inference_library": "blackjax",
        "inference_library_version": version("blackjax"),
    }
    if int(arviz.__version__.split(".")[0]) < 1:
        return arviz.from_dict(posterior=posterior, sample_stats=stats, attrs=attributes)
    return arviz.from_dict({"posterior": posterior, "sample_stats": stats}, attrs={"/": attributes})


def to_csv(chain: Chain, name: str = "x") -> str:
    """The draws as text, one line for each draw of each chain.

    Args:
        chain: any chain.
        name: of the variable; the columns of a vector are `x[0]`, `x[1]`, ...

    Returns:
        CSV with a line of heads: chain, draw, the position, and the columns of
        :func:`sample_stats`. Numbers are written so that they read back the same.
    """
    samples = chain.samples.reshape(chain.num_chains, chain.num_draws, -1)
    names = [name] if chain.samples.ndim == 2 else [f"{name}[{i}]" for i in range(samples.shape[2])]
    stats = sample_stats(chain)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["chain", "draw", *names, *stats])
    for which in range(chain.num_chains):
        columns = [samples[which, :, i] for i in range(len(names))]
        columns += [values[which] for values in stats.values()]
        rows = zip(*(column.tolist() for column in columns), strict=True)
        writer.writerows([which, draw, *row] for draw, row in enumerate(rows))
    return text.getvalue()
