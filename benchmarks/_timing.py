"""Fair timings on a busy machine: in turn, and the median of many rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import jax


def medians(calls: Mapping[str, Callable[[], object]], rounds: int = 20) -> dict[str, float]:
    """Seconds per call of each function, the calls taken in turn.

    Arguments:
        calls: functions without arguments; arrays that they return are waited for.
        rounds: how often each is called and timed, after one call that is not (it compiles).

    Returns:
        For each name the median of its times.
    """
    for call in calls.values():
        jax.block_until_ready(call())
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}
