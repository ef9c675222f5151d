"""A chain of BlackJAX's: the only object here that changes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._context import computing
from .._naming import one_of
from ._adaptation import Warmup, warm_up
from ._density import Density, exact_density
from ._diagnostics import Diagnostics, diagnose
from ._history import History
from ._kernels import (
    ALGORITHMS,
    BATCH,
    LogDensity,
    algorithm,
    initial_keys,
    programs,
    to_numpy,
)
from ._memory import rememberable
from ._replay import replay
from ._rows import Layout
from ._settings import (
    MAX_CHAINS,
    MAX_SEED,
    Settings,
    check_integer,
    check_position,
    check_settings,
)
from ._transition import Transition

#: One call of the compiled loop takes about this long at most, so that an interrupt is heard.
_BATCH_SECONDS = 0.1


class Chain:
    """Draws from a log density by one of BlackJAX's algorithms, in one or more chains.

    One chain: `key = jax.random.key(seed)`, and for every draw `key, step_key = split(key)` and
    BlackJAX's kernel with `step_key`. With c chains, `split(key(seed), c)` gives each its key.
    All that is handed out is NumPy arrays, which do not change afterwards, and Python numbers.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, traceable by JAX; keeps its compiled programs.
        params: the log density's parameters; traced.
        algorithm: "hmc", "nuts" or "mala".
        settings: step size, number of integration steps and inverse mass matrix.
        initial_position: a finite number or vector `(d,)`, the start of every chain; cast.
        seed: a whole number from 0 to 2^32 - 1.
        num_chains: 1 to 16.
        dtype: "float64" or "float32", of the computation and of what is handed out.
        device: JAX platform.

    Raises:
        ValueError: a sentence that says what is wrong and what is allowed; also where the log
            density or its gradient is not finite at the initial position.
    """

    _params: tuple[Any, ...]
    _settings: Settings
    _start: NDArray[Any]
    _layout: Layout
    _seed: int
    _num_chains: int
    _history: History
    _marks: list[tuple[int, Settings]]
    _exact: tuple[Density | None] | None

    def __init__(
        self,
        logdensity_fn: LogDensity,
        params: tuple[Any, ...] = (),
        *,
        algorithm: str = "hmc",
        settings: Settings | None = None,
        initial_position: ArrayLike = 1.0,
        seed: int = 0,
        num_chains: int = 1,
        dtype: str = "float64",
        device: str = "cpu",
    ) -> None:
        one_of("dtype", dtype, ("float64", "float32"))
        self._logdensity_fn = rememberable(logdensity_fn)
        self._algorithm = algorithm
        self._dtype = dtype
        self._device = device
        self._seconds_per_draw = _BATCH_SECONDS / 16  # a guess, until the first batch
        self._begin(
            params, Settings() if settings is None else settings, initial_position, seed, num_chains
        )

    # -- doing ------------------------------------------------------------------------------

    def restart(
        self,
        *,
        params: tuple[Any, ...] | None = None,
        settings: Settings | None = None,
        initial_position: ArrayLike | None = None,
        seed: int | None = None,
        num_chains: int | None = None,
    ) -> None:
        """Forget the draws and start again; what is not given stays.

        Raises:
            ValueError: as the constructor does; the chain is then as it was.
        """
        self._begin(
            self._params if params is None else params,
            self._settings if settings is None else settings,
            self._start if initial_position is None else initial_position,
            self._seed if seed is None else seed,
            self.num_chains if num_chains is None else num_chains,
        )

    def advance(self, n: int = 1, settings: Settings | None = None) -> None:
        """Append `n` draws to every chain.

        Interrupted, the chain keeps the draws that were complete.

        Args:
            n: number of draws, 0 or more.
            settings: for these and later draws; None leaves them.

        Raises:
            ValueError: a sentence that says what is wrong.
        """
        n = check_integer("the number of draws", n, 0, 10**9)
        if settings is not None:
            self._settings = check_settings(settings, self._layout.dim)
        if n == 0:
            return
        run = programs(self._logdensity_fn, self._algorithm, self._layout.shape).advance
        arguments = self._settings.as_arrays(self._dtype), self._cast(self._params)
        goal = self.num_draws + n
        with computing(self._dtype, self._device):
            while (missing := goal - self.num_draws) > 0:
                count = int(min(missing, BATCH, max(1, _BATCH_SECONDS / self._seconds_per_draw)))
                began = time.perf_counter()
                last = (records[:, -1] for records in self._history.views)
                rows, keys = run(*last, *arguments, np.int32(count))
                rows, keys = np.asarray(rows), np.asarray(keys)
                # A coarse clock may not have moved.
                self._seconds_per_draw = max(time.perf_counter() - began, 1e-6) / count
                self._append(rows[:, :count], keys[:, :count])

    def back(self, n: int = 1) -> None:
        """Take back the last `n` draws of every chain, at most to the start.

        The draws that follow are the same as before if the settings are; with others, it is a
        branch.

        Raises:
            ValueError: `n` is not a whole number, 0 or more.
        """
        self.rewind(max(0, self.num_draws - check_integer("n", n, 0, 10**9)))

    def rewind(self, num_draws: int) -> None:
        """Keep only the first `num_draws` draws of every chain, and go on from there.

        Raises:
            ValueError: there are fewer.
        """
        num_draws = check_integer("num_draws", num_draws, 0, self.num_draws)
        if num_draws < self.num_draws:
            self._history.shorten(num_draws + 1)
            self._marks = [mark for mark in self._marks if mark[0] < num_draws] or self._marks[:1]

    def warmup(self, n: int = 1_000) -> Warmup:
        """Tune the step size and the mass matrix by BlackJAX's window adaptation.

        It runs on the first chain, from where that is, with a key of its own,
        `fold_in(key(seed), 2**31 - 1)`; its draws do not belong to the chain. What it finds is
        used by all chains from the next draw on.

        Args:
            n: draws to spend, 1 to 100,000. Every call compiles BlackJAX's program: seconds.

        Returns:
            The way there and the settings that were found.

        Raises:
            ValueError: the algorithm is MALA, or nothing usable was found.
        """
        n = check_integer("n", n, 1, 100_000)
        position, _, _ = self._layout.unpack(self._history.views[0][0, -1])
        with computing(self._dtype, self._device):
            warmup = warm_up(
                np.asarray(position),
                n,
                seed=self._seed,
                logdensity_fn=self._logdensity_fn,
                params=self._cast(self._params),
                settings=self._settings,
                name=self._algorithm,
            )
        self._settings = warmup.settings
        return warmup

    # -- reading ----------------------------------------------------------------------------

    @property
    def num_draws(self) -> int:
        """Draws in every chain."""
        return len(self._history) - 1

    @property
    def num_chains(self) -> int:
        """Number of chains."""
        return self._num_chains

    @property
    def algorithm(self) -> str:
        """BlackJAX's name of the algorithm."""
        return self._algorithm

    @property
    def params(self) -> tuple[Any, ...]:
        """Parameters of the log density."""
        return self._params

    @property
    def settings(self) -> Settings:
        """The settings that the next draw will use, as arrays of the shapes BlackJAX takes."""
        return self._settings

    @property
    def marks(self) -> list[tuple[int, Settings]]:
        """From which draw on which settings were used; the first entry is where it began."""
        return list(self._marks)

    @property
    def initial_state(self) -> Any:
        """BlackJAX's state that every chain starts from."""
        first = self._history.views[0][0, 0]
        return algorithm(self._algorithm).state(*self._layout.unpack(first))

    @property
    def samples(self) -> NDArray[Any]:
        """The positions, (chains, draws) or (chains, draws, d)."""
        position, _, _ = self._layout.unpack(self._drawn)
        return np.asarray(position)

    @property
    def acceptance_rate(self) -> NDArray[Any]:
        """The acceptance probability of every transition, (chains, draws)."""
        return self._statistic("acceptance_rate")

    @property
    def logdensity(self) -> NDArray[Any]:
        """The log density of every draw, (chains, draws)."""
        _, logdensity, _ = self._layout.unpack(self._drawn)
        return np.asarray(logdensity)

    @property
    def is_accepted(self) -> NDArray[np.bool_] | None:
        """Whether every proposal was accepted, (chains, draws); None for NUTS."""
        accepted = self._statistic_or_none("is_accepted")
        return None if accepted is None else accepted.astype(np.bool_)

    @property
    def is_divergent(self) -> NDArray[np.bool_] | None:
        """Whether every transition diverged, (chains, draws); None for MALA."""
        divergent = self._statistic_or_none("is_divergent")
        return None if divergent is None else divergent.astype(np.bool_)

    @property
    def energy(self) -> NDArray[Any] | None:
        """The Hamiltonian where every transition ended, (chains, draws); None for MALA."""
        return self._statistic_or_none("energy")

    @property
    def num_integration_steps(self) -> NDArray[np.int64]:
        """How many gradients every transition asked for, (chains, draws)."""
        return self._statistic("num_integration_steps").astype(np.int64)

    def transition(
        self,
        settings: Settings | None = None,
        params: tuple[Any, ...] | None = None,
        *,
        chain: int = 0,
        draw: int | None = None,
    ) -> Transition | None:
        """One transition computed again from its start and its key, with everything inside it.

        Args:
            settings: what if it had been made with these? None: with those it was made with.
            params: what if the log density had these? None: with the chain's own.
            chain: which chain.
            draw: the index of the draw that it led to; None: the last.

        Returns:
            The transition; None before the first draw.

        Raises:
            ValueError: a setting is not allowed, or there is no such chain or draw.
        """
        if self.num_draws == 0:
            return None
        last = self.num_draws - 1
        draw = last if draw is None else check_integer("draw", draw, 0, last)
        chain = check_integer("chain", chain, 0, self.num_chains - 1)
        settings = (
            self._settings_at(draw)
            if settings is None
            else check_settings(settings, self._layout.dim)
        )
        rows, keys = (records[:, draw] for records in self._history.views)
        with computing(self._dtype, self._device):
            if params is not None and not self._is_target(params):
                positions, _, _ = self._layout.unpack(rows)
                rows = np.stack([self._layout.first_row(self._state(x, params)) for x in positions])
            return replay(
                rows,
                keys,
                chain=chain,
                draw=draw,
                logdensity_fn=self._logdensity_fn,
                params=self._cast(self._params if params is None else params),
                settings=settings,
                name=self._algorithm,
                shape=self._layout.shape,
            )

    def diagnostics(self, exact: Density | None = None) -> Diagnostics:
        """How well the draws so far describe the target.

        Args:
            exact: the density to compare with; None: in one dimension, the chain's own target by
                quadrature, if it can be normalised.

        Returns:
            The diagnostics; numbers for a scalar position, else arrays `(d,)`.
        """
        if exact is None and self._layout.dim == 1:
            exact = self._exact_density()
        return diagnose(self.samples, self.acceptance_rate, self.is_divergent, self.energy, exact)

    # -- inside -----------------------------------------------------------------------------

    def _begin(
        self,
        params: tuple[Any, ...],
        settings: Settings,
        initial_position: ArrayLike,
        seed: int,
        num_chains: int,
    ) -> None:
        """Everything is computed before anything is changed: a failure leaves the old chain."""
        one_of("algorithm", self._algorithm, ALGORITHMS)
        start = check_position(initial_position, self._dtype)
        layout = Layout(start.shape)
        settings = check_settings(settings, layout.dim)
        seed = check_integer("seed", seed, 0, MAX_SEED)
        num_chains = check_integer("num_chains", num_chains, 1, MAX_CHAINS)
        with computing(self._dtype, self._device):
            state = self._state(start, params)
            keys = initial_keys(seed, num_chains)
        _check_start(start, state)

        self._params, self._settings = params, settings
        self._start, self._layout = start, layout
        self._seed, self._num_chains = seed, num_chains
        # Record i is what draw i starts from, so the first record is the start itself.
        self._history = History(np.tile(layout.first_row(state), (num_chains, 1)), keys)
        self._marks = [(0, settings)]
        self._exact = None

    def _append(self, rows: NDArray[Any], keys: NDArray[Any]) -> None:
        if not self._settings.same_as(self._marks[-1][1]):
            mark = (self.num_draws, self._settings)
            self._marks = [old for old in self._marks if old[0] < self.num_draws] + [mark]
        self._history.append(rows, keys)

    def _state(self, position: NDArray[Any], params: tuple[Any, ...]) -> Any:
        init = programs(self._logdensity_fn, self._algorithm, position.shape).init
        return to_numpy(init(position, self._cast(params)))

    def _cast(self, params: tuple[Any, ...]) -> tuple[NDArray[Any], ...]:
        return tuple(np.asarray(value, self._dtype) for value in params)

    def _is_target(self, params: tuple[Any, ...]) -> bool:
        """Whether these are the chain's own parameters."""
        return len(params) == len(self._params) and all(map(np.array_equal, params, self._params))

    def _exact_density(self) -> Density | None:
        """The target by quadrature, computed once; None where that cannot be done."""
        if self._exact is None:
            try:
                found = exact_density(self._logdensity_fn, self._params, shape=self._layout.shape)
            except ValueError:
                found = None
            self._exact = (found,)
        return self._exact[0]

    def _settings_at(self, draw: int) -> Settings:
        """The settings that a draw was made with."""
        return next(settings for first, settings in reversed(self._marks) if first <= draw)

    @property
    def _drawn(self) -> NDArray[Any]:
        """The rows of the draws, (chains, draws, width)."""
        return self._history.views[0][:, 1:]

    def _statistic(self, name: str) -> NDArray[Any]:
        return self._layout.statistic(self._drawn, name)

    def _statistic_or_none(self, name: str) -> NDArray[Any] | None:
        is_absent = name in algorithm(self._algorithm).absent
        return None if is_absent else self._statistic(name)


def _check_start(position: NDArray[Any], state: Any) -> None:
    _, logdensity, logdensity_grad = state
    for what, value in (("", logdensity), ("'s gradient", logdensity_grad)):
        if not np.all(np.isfinite(value)):
            raise ValueError(
                f"the log density{what} is {value} at the initial position {position}: "
                "a chain can only start where both are finite"
            )
