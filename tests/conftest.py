"""Fixtures for every test: JAX on the CPU, ranks promoted by nobody, compilations counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Before the first import of JAX. What one process has compiled the others find: those of the
# tests, and the kernels and scripts that they start. It halves the time.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parents[1] / "build" / "compiled")
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import jax
import jax.monitoring
import pytest

_COMPILE_EVENT = "/jax/core/compile/backend_compile_duration"


@pytest.fixture(scope="session", autouse=True)
def _no_rank_promotion() -> None:
    jax.config.update("jax_numpy_rank_promotion", "raise")


_BROWSER = "tests/browser/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come first: beside them everything else runs in the other process."""
    items.sort(key=lambda item: not item.nodeid.startswith(_BROWSER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file stays in one process, since its tests share what is compiled; so does the browser."""
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _BROWSER if nodeid.startswith(_BROWSER) else nodeid.split("::")[0]

    return Rooms(config, log)


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
