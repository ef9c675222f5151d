"""One draw as one row of numbers, so that a sampling loop writes once for each draw.

A row holds the state after the draw, which is all that the next draw needs beside its key, and
what is told of the transition that led there. Storing rows and keys is what makes time travel
cheap: any transition can be computed again from the row and the key before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


class Statistics(NamedTuple):
    """What is kept of a transition; NaN where the algorithm does not have it.

    Attributes:
        acceptance_rate: BlackJAX's, 0 to 1.
        is_accepted: 1 or 0.
        is_divergent: 1 or 0.
        energy: the Hamiltonian at the point where the transition ended (ArviZ's meaning of it:
            after a rejection that is the starting point with the momentum that was drawn, whereas
            BlackJAX's `info.energy` is the rejected proposal's).
        num_integration_steps: gradients that the transition asked for.
    """

    acceptance_rate: Any
    is_accepted: Any
    is_divergent: Any
    energy: Any
    num_integration_steps: Any


class Layout(NamedTuple):
    """Where things are in a row, for a position of the given shape: `()` or `(d,)`."""

    shape: tuple[int, ...]

    @property
    def dim(self) -> int:
        """The number of dimensions of the position."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def width(self) -> int:
        """The number of columns."""
        return 2 * self.dim + 1 + len(Statistics._fields)

    def pack(self, state: Sequence[Any], statistics: Statistics) -> jax.Array:
        """A state `(position, logdensity, logdensity_grad)` and statistics as one row."""
        dtype = jnp.result_type(state[0])
        return jnp.concatenate([jnp.ravel(v).astype(dtype) for v in (*state, *statistics)])

    def first_row(self, state: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The row of a state that no transition led to, in NumPy."""
        absent = np.full(len(Statistics._fields), np.nan)
        return np.concatenate([*map(np.ravel, state), absent]).astype(state[0].dtype)

    def unpack(self, row: Any) -> tuple[Any, Any, Any]:
        """Position, log density and its gradient from a row, or from rows stacked in front."""
        dim, lead = self.dim, row.shape[:-1]
        return (
            row[..., :dim].reshape(lead + self.shape),
            row[..., dim],
            row[..., dim + 1 : 2 * dim + 1].reshape(lead + self.shape),
        )

    def statistic(self, rows: NDArray[Any], name: str) -> NDArray[Any]:
        """One column of the statistics."""
        return rows[..., 2 * self.dim + 1 + Statistics._fields.index(name)]
