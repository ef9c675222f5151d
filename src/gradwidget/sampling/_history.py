"""Arrays that grow together along their second axis and never change what they have handed out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class History:
    """Records of several arrays (chains, length, ...), appended in amortised constant time.

    Views that were handed out stay as they were: appending writes behind them, and shortening
    moves what remains to memory of its own. The length changes last and at once, so an interrupt
    in the middle leaves the records that were there.

    Args:
        first: the first record of each array, (chains, ...).
    """

    def __init__(self, *first: NDArray[Any]) -> None:
        self._arrays = tuple(array[:, None].copy() for array in first)
        self._length = 1

    def __len__(self) -> int:
        return self._length

    @property
    def views(self) -> tuple[NDArray[Any], ...]:
        """All records of each array, read-only."""
        views = tuple(array[:, : self._length] for array in self._arrays)
        for view in views:
            view.flags.writeable = False
        return views

    def append(self, *records: NDArray[Any]) -> None:
        """Add records (chains, n, ...) of each array at the end."""
        length = self._length + records[0].shape[1]
        capacity = self._arrays[0].shape[1]
        if length > capacity:
            self._move(max(length, 2 * capacity))
        for array, new in zip(self._arrays, records, strict=True):
            array[:, self._length : length] = new
        self._length = length

    def shorten(self, length: int) -> None:
        """Keep only the first `length` records."""
        self._length = length
        self._move(length)

    def _move(self, capacity: int) -> None:
        arrays = []
        for array in self._arrays:
            moved = np.empty((array.shape[0], capacity, *array.shape[2:]), array.dtype)
            moved[:, : self._length] = array[:, : self._length]
            arrays.append(moved)
        self._arrays = tuple(arrays)
