"""How much to do at a time."""

from __future__ import annotations


class Pace:
    """Sizes of batches, found from how long the last one took; they grow from one.

    Args:
        seconds: a batch should take about this long.
        most: the largest size.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self.size = 1

    def learn(self, count: int, took: float) -> None:
        """A batch of this size took so many seconds."""
        # A coarse clock may not have moved, and the first batches may have waited for a compiler.
        fitting = round(count * self._seconds / max(took, 1e-6))
        self.size = max(1, min(self._most, 4 * count, fitting))
