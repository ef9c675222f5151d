"""Fixtures for every test: JAX on the CPU, ranks promoted by nobody, compilations counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Before the first import of JAX.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.monitoring
import pytest

_COMPILE_EVENT = "/jax/core/compile/backend_compile_duration"


@pytest.fixture(scope="session", autouse=True)
def _no_rank_promotion() -> None:
    jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay together, since their tests share what is compiled; so do the browser's tests.

    Those come first: they take longest, and run beside everything else when there is more than
    one process.
    """
    groups = {item: _group(item.path) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: groups[item] != _BROWSER)


_BROWSER = "browser"


def _group(path: Path) -> str:
    place = path.relative_to(Path(__file__).parent)
    return _BROWSER if place.parts[0] == _BROWSER else str(place)


class Compilations:
    """The number of programs that XLA has compiled since the test began, in any thread."""

    def __init__(self) -> None:
        self.count = 0

    def reset(self) -> None:
        """Count from zero again, for instance after a warm-up."""
        self.count = 0

    def __call__(self, event: str, _seconds: float, **_details: object) -> None:
        self.count += event == _COMPILE_EVENT


@pytest.fixture
def compilations() -> Iterator[Compilations]:
    """Counts real XLA compilations: `compilations.reset(); ...; assert compilations.count == 0`."""
    counter = Compilations()
    jax.monitoring.register_event_duration_secs_listener(counter)
    yield counter
    jax.monitoring.unregister_event_duration_listener(counter)
