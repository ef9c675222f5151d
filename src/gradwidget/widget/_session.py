"""What a widget computes: the inspection, its curves and the chain, for one set of inputs.

A session knows nothing of traits, messages or the page. Everything it is asked is answered for
an :class:`Inputs`, an immutable snapshot of what the user has set, so that a change in the
middle of a computation cannot mix two states.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .._context import computing
from ..inspection import (
    GradientReport,
    GradientRow,
    Headline,
    Inspection,
    check_gradient,
    forward_through_solver,
    gradient_table,
    headline,
    inspect,
    inspect_curve,
    inspect_map,
    measure_times,
    unit_direction,
)
from ..problems import Parameter, Problem
from ..sampling import (
    Chain,
    Density,
    Diagnostics,
    Settings,
    Transition,
    Warmup,
    exact_density,
)

#: A chain whose target changed is replayed with the same seed up to this many draws.
REPLAY = 1_000

#: While draws are made, their diagnostics are computed again after so many times the time it took.
_PATIENCE = 20.0

#: Points of the curves over the x slider's range, and of the inner problem's curve.
CURVE_POINTS = 241
INNER_POINTS = 161

#: The error plot's grid is logarithmic both ways: this many points for each decade, from 1e-2 up.
ERROR_POINTS_PER_DECADE = 80
ERROR_SMALLEST_DECADE = -2

#: Where one point takes up to so many seconds, only one of these many points is computed.
_SHARES = {1: 5e-4, 4: 4e-3, 16: math.inf}

#: The map's grid: coarser in x, and this many values of the parameter.
MAP_POINTS_PER_DECADE = 40
MAP_ROWS = 81

Floats = NDArray[np.float64]
Number = float
Matrix = Number | tuple[Number, ...] | tuple[tuple[Number, ...], ...]


class Inputs(NamedTuple):
    """Everything the user has set, as one immutable value.

    Attributes:
        params: the problem's parameters, in their declared order.
        x: the point of inspection; for a vector the point that the line x + t v goes through.
        solver: name of the solver of the inner problem.
        dtype: "float64" or "float32".
        device: JAX platform.
        algorithm: BlackJAX's name of the sampling algorithm.
        step_size: of the leapfrog integrator, in units of x.
        num_integration_steps: leapfrog steps in one transition.
        inverse_mass_matrix: number, vector or matrix.
        initial_position: where the chain starts.
        seed: of the chain's key.
        num_chains: number of chains.
        gradient_scale: multiplies the custom rule's df/dx as the sampler sees it.
        t: for a vector x, where on the line the point of inspection is; else None.
        direction: for a vector x, what v is, as :func:`~gradwidget.inspect_curve` takes it.
        plane: for an x of two components or more, the two that are looked at together.
    """

    params: tuple[float, ...]
    x: float | tuple[float, ...]
    solver: str
    dtype: str
    device: str
    algorithm: str
    step_size: float
    num_integration_steps: int
    inverse_mass_matrix: Matrix
    initial_position: float | tuple[float, ...]
    seed: int
    num_chains: int
    gradient_scale: float
    t: float | None = None
    direction: int | str | tuple[float, ...] | None = None
    plane: tuple[int, int] | None = None

    @property
    def along(self) -> float:
        """The point of inspection on the curves' axis: x, or t on a line through a vector."""
        return cast(float, self.x) if self.t is None else self.t

    @property
    def dim(self) -> int | None:
        """The number of components of a vector x; None for a scalar."""
        return len(self.x) if isinstance(self.x, tuple) else None

    @property
    def coordinate(self) -> int | None:
        """The coordinate of a vector in which draws and paths are shown; None for a scalar."""
        if self.t is None:
            return None
        return self.direction if isinstance(self.direction, int) else 0

    @property
    def shown(self) -> tuple[Any, ...]:
        """What of a vector's draws is told."""
        return (self.coordinate, self.plane)

    @property
    def target(self) -> tuple[float, ...]:
        """The parameters of the log density that is sampled."""
        return (self.gradient_scale, *self.params)

    @property
    def settings(self) -> Settings:
        """The sampler's settings, which may change in the middle of a chain."""
        return Settings(
            self.step_size, self.num_integration_steps, np.asarray(self.inverse_mass_matrix)
        )

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes a chain this chain: when it changes, the chain starts again."""
        return (
            self.params,
            self.solver,
            self.dtype,
            self.device,
            self.algorithm,
            self.initial_position,
            self.seed,
            self.num_chains,
            self.gradient_scale,
        )

    @property
    def program(self) -> tuple[Any, ...]:
        """What selects the compiled programs; everything else is traced."""
        return (
            self.solver,
            self.dtype,
            self.device,
            self.algorithm,
            self.num_chains,
            np.shape(self.inverse_mass_matrix),
        )

    @property
    def precision(self) -> dict[str, Any]:
        """How the gradient is computed, as keyword arguments of the inspection."""
        return {"solver": self.solver, "dtype": self.dtype, "device": self.device}

    @property
    def point(self) -> tuple[Any, ...]:
        """What the inspection at x depends on."""
        return (
            self.params,
            self.x,
            self.t,
            self.direction,
            self.solver,
            self.dtype,
            self.device,
        )


class Curve(NamedTuple):
    """Points and the inspection there, every field with a leading axis."""

    x: Floats
    inspection: Inspection


class Map(NamedTuple):
    """Both grids of a map, and the inspection with leading axes (parameter, x)."""

    x: Floats
    parameter: Floats
    inspection: Inspection


class Session:
    """The computations behind one widget, safe to call from any thread.

    Args:
        problem: what is differentiated.
        ranges: the sliders' ranges, by name: of the parameters and of what the curves are over.
        axis: the name of the latter: x, or t on a line through a vector.
        lock: held while its state is read or changed.
    """

    def __init__(
        self,
        problem: Problem,
        ranges: Mapping[str, Parameter],
        axis: str,
        lock: threading.RLock,
    ) -> None:
        self.lock = lock
        self.problem = problem
        #: Counts the chain's restarts, so that the page knows which draws belong together.
        self.epoch = 0
        #: The programs that have been compiled, as :attr:`Inputs.program`.
        self.compiled: set[tuple[Any, ...]] = set()
        self.axis = axis
        self._preparing = threading.Lock()
        self._prepared: tuple[Any, ...] | None = None  # the program that is being compiled
        self._ranges = ranges
        self._direction: tuple[Any, Floats] | None = None
        self._inspection: tuple[Any, Inspection] | None = None
        self._on_line: tuple[Any, Inspection] | None = None
        self._point_share: int | None = None
        self._density: tuple[Any, Density] | None = None
        self._chain: tuple[Any, Chain] | None = None
        self._right_chain: Chain | None = None
        self._warmup: Warmup | None = None
        #: Index of the draw whose transition is displayed; None for the last one.
        self._shown: int | None = None
        #: By chain: what was found, for which epoch and draws, and how long it may be told.
        self._diagnostics: dict[str, tuple[Diagnostics, int, int, float]] = {}
        self._times: dict[Any, dict[str, float]] = {}
        self._forward: dict[Any, tuple[float, float]] = {}

    def forget(self) -> None:
        """Free the arrays."""
        self._inspection = self._on_line = self._density = self._chain = None
        self._right_chain = self._warmup = None
        self._diagnostics = {}

    # -- the gradient -----------------------------------------------------------------------

    def inspect(self, inputs: Inputs) -> Inspection:
        """The inspection at x; computed once for equal inputs.

        Args:
            inputs: what the user has set.

        Returns:
            The inspection, in NumPy and Python numbers.
        """
        with self.lock:
            if self._inspection is None or self._inspection[0] != inputs.point:
                at = self.position(inputs)
                found = inspect(self.problem, at, *inputs.params, **inputs.precision)
                self._inspection = (inputs.point, found)
            return self._inspection[1]

    def direction(self, inputs: Inputs) -> Floats:
        """The unit vector v of the line through a vector x."""
        key = (inputs.x, inputs.direction, inputs.params, inputs.device)
        with self.lock:
            if self._direction is None or self._direction[0] != key:
                assert inputs.direction is not None
                chosen: Any = inputs.direction
                chosen = list(chosen) if isinstance(chosen, tuple) else chosen
                x = np.asarray(inputs.x)
                v = unit_direction(self.problem, x, chosen, *inputs.params, device=inputs.device)
                self._direction = (key, v)
            return self._direction[1]

    def position(self, inputs: Inputs) -> float | Floats:
        """The point of inspection."""
        if inputs.t is None:
            return inputs.along
        point: Floats = np.asarray(inputs.x) + inputs.t * self.direction(inputs)
        return point

    def inspect_along(self, inputs: Inputs) -> Inspection:
        """The inspection as the curves show it at x; on a line, of the derivative along v.

        Computed once for equal inputs.
        """
        found = self.inspect(inputs)
        if inputs.t is None:
            return found
        with self.lock:
            if self._on_line is None or self._on_line[0] != inputs.point:
                line = self._curve(inputs, np.array([inputs.t]), differences=True)
                at: Inspection = jax.tree.map(lambda field: field[0], line)
                at = at._replace(
                    # As whole as it is: the verdict on the gradient is that on every component.
                    argmin=self._along(at.argmin, inputs),
                    status=found.status,
                    verdict=found.verdict,
                )
                self._on_line = (inputs.point, at)
            return self._on_line[1]

    def _along(self, argmin: Any, inputs: Inputs) -> float:
        """The component of y* along v; NaN where y is no vector like x."""
        v = self.direction(inputs)
        return float(argmin @ v) if np.shape(argmin) == v.shape else math.nan

    def headline(self, inputs: Inputs) -> Headline:
        """The answer in words."""
        found = self.inspect(inputs)
        at = self.position(inputs)
        return headline(self.problem, found, at, inputs.params, dtype=inputs.dtype)

    def rows(self, inputs: Inputs) -> tuple[GradientRow, ...]:
        """The table of gradients; its times are those of the last measurement."""
        return gradient_table(
            self.problem,
            self.position(inputs),
            *inputs.params,
            inspection=self.inspect_along(inputs),
            along=None if inputs.t is None else self.direction(inputs),
            times=self._times.get(inputs.program[:3], {}),
            forward=self._forward.get(inputs.point),
            **inputs.precision,
        )

    def is_complete(self, inputs: Inputs) -> bool:
        """Whether :meth:`complete` has nothing to add to the table."""
        is_told = inputs.t is not None or inputs.point in self._forward
        return is_told and inputs.program[:3] in self._times

    def complete(self, inputs: Inputs) -> None:
        """What takes too long for a drag: the times, and the derivative through the solver.

        It does not hold the lock while it computes.

        Args:
            inputs: what the user has set.
        """
        program = inputs.program[:3]
        at: tuple[Any, ...] = (self.position(inputs), *inputs.params)
        if inputs.t is None and inputs.point not in self._forward:
            forward = forward_through_solver(self.problem, *at, **inputs.precision)
            with self.lock:
                self._forward = {inputs.point: forward}
        if program not in self._times:
            times = measure_times(self.problem, *at, **inputs.precision)
            with self.lock:
                self._times[program] = times

    def curves(self, inputs: Inputs) -> tuple[Curve, Curve]:
        """The inspection over the range of the x slider, and over the error plot's grid.

        Args:
            inputs: what the user has set.

        Returns:
            The points and the inspection there, twice; the second grid is logarithmic to both
            sides of zero.
        """
        share = self.share(inputs)
        near = np.linspace(*self._reach(inputs), CURVE_POINTS // share)
        far = self.error_points(inputs, ERROR_POINTS_PER_DECADE // share)
        whole = self._curve(inputs, np.concatenate([near, far]), differences=False)
        parts = (slice(None, len(near)), slice(len(near), None))
        near_part, far_part = (jax.tree.map(lambda a, p=part: a[p], whole) for part in parts)
        return Curve(near, near_part), Curve(far, far_part)

    def curve_size(self, inputs: Inputs) -> int:
        """Points of both curves together: how many their program takes at a time."""
        share = self.share(inputs)
        far = self.error_points(inputs, ERROR_POINTS_PER_DECADE // share)
        return CURVE_POINTS // share + len(far)

    def share(self, inputs: Inputs) -> int:
        """Of how many points of the curves one is computed: more where a point takes its time.

        Measured once, since every number of points is a program of its own.
        """
        if self._point_share is None:
            self._point_share = 1
            if self.problem.is_joint and not self.problem.has_closed_form:
                at = np.array([inputs.along])
                self._curve(inputs, at, differences=False)  # compiles
                began = monotonic()
                self._curve(inputs, at, differences=False)
                took = monotonic() - began
                self._point_share = next(s for s, slowest in _SHARES.items() if took <= slowest)
        return self._point_share

    def _curve(self, inputs: Inputs, points: Floats, differences: bool) -> Inspection:
        line: dict[str, Any] = {}
        if inputs.t is not None:
            line = {"x0": np.asarray(inputs.x), "direction": self.direction(inputs)}
        return inspect_curve(
            self.problem,
            points,
            *inputs.params,
            differences=differences,
            **line,
            **inputs.precision,
        )

    def _reach(self, inputs: Inputs) -> tuple[float, float]:
        """The range of the slider of x, or t, widened to hold it."""
        x = self._ranges[self.axis]
        return min(x.min, inputs.along), max(x.max, inputs.along)

    def error_points(self, inputs: Inputs, per_decade: int) -> Floats:
        """The x of the error plot: to a decade beyond the range of the x slider, both ways."""
        farthest = max(abs(end) for end in self._reach(inputs))
        return error_grid(1 + math.ceil(math.log10(farthest)), per_decade)

    def map(self, inputs: Inputs, parameter: str) -> Map:
        """The inspection over the error plot's x and the range of one parameter's slider.

        Args:
            inputs: what the user has set.
            parameter: the name of the parameter on the other axis.

        Returns:
            Both grids, and the inspection with leading axes (parameter, x).
        """
        across = self.error_points(inputs, MAP_POINTS_PER_DECADE)
        range_ = self._ranges[parameter]
        space = np.geomspace if range_.log else np.linspace
        along = space(range_.min, range_.max, MAP_ROWS)
        if inputs.t is None:
            found = inspect_map(
                self.problem, across, along, *inputs.params, parameter=parameter, **inputs.precision
            )
            return Map(across, along, found)
        which = [p.name for p in self.problem.parameters].index(parameter)
        rows = [
            self._curve(
                inputs._replace(
                    params=(*inputs.params[:which], float(value), *inputs.params[which + 1 :]),
                    # The line stays while the parameter changes.
                    direction=tuple(self.direction(inputs)),
                ),
                across,
                differences=False,
            )
            for value in along
        ]
        return Map(across, along, jax.tree.map(lambda *fields: np.stack(fields), *rows))

    def check_rule(self, inputs: Inputs) -> GradientReport:
        """The rule itself, around x; takes seconds, and does not hold the lock.

        Args:
            inputs: what the user has set.

        Returns:
            What :func:`~gradwidget.check_gradient` found.
        """
        problem = self.problem.with_solver(inputs.solver)
        solve = problem.solve
        residual = None if solve is None else lambda x, *params: solve(x, *params).residual
        return check_gradient(
            problem.f_with_gradient,
            self.position(inputs),
            *inputs.params,
            reference=problem.true_f,
            residual=residual,
        )

    def inner_curve(self, inputs: Inputs, curve: Curve) -> tuple[Floats, Floats] | None:
        """The function that is minimised over y, where y* can be as x moves over its range.

        Args:
            inputs: what the user has set.
            curve: the first of :meth:`curves`; its gradients are the y* of the range of x.

        Returns:
            y and g(y), or None for a problem without an inner one.
        """
        g = self.problem.inner
        at = self.inspect_along(inputs)
        if g is None or np.isnan(at.argmin):
            return None
        found = curve.inspection
        if not self.problem.is_conjugate:
            argmins = found.argmin if inputs.t is None else found.argmin @ self.direction(inputs)
        elif self.problem.has_closed_form:
            argmins = found.reference_gradient
        else:
            argmins = found.gradient
        low, high = inner_window(argmins, at.argmin)
        y = np.linspace(low, high, INNER_POINTS)
        if "inner" not in self.problem.programs:
            over_y = (0, *[None] * (1 + len(inputs.params)))
            self.problem.programs["inner"] = jax.jit(jax.vmap(g, over_y))
        points: Any = y
        if inputs.t is not None:  # along v through the minimum
            v = self.direction(inputs)
            points = self.inspect(inputs).argmin + (y - at.argmin)[:, None] * v
        with computing("float64", inputs.device):
            program = self.problem.programs["inner"]
            return y, np.asarray(program(points, self.position(inputs), *inputs.params))

    def density(self, inputs: Inputs) -> Density:
        """The exact density that the sampler's draws should follow, in float64.

        Of a vector its slice in the coordinate that is shown, through where the chain starts: the
        draws do not follow it, but paths and draws can be seen against it. Always of the right
        solver's log density, whatever the sampler is given.
        """
        logdensity_fn, params = self._exact_logdensity_fn, inputs.params
        if inputs.coordinate is not None:
            start = tuple(map(float, np.broadcast_to(inputs.initial_position, np.shape(inputs.x))))
            logdensity_fn = self._slice(len(start), inputs.coordinate)
            params = (*start, *params)
        key = (params, inputs.coordinate)
        with self.lock:
            if self._density is None or self._density[0] != key:
                try:
                    found = exact_density(logdensity_fn, params, in_turn=self.problem.is_joint)
                except ValueError:
                    if inputs.coordinate is None:
                        raise
                    found = self._nothing_known()
                self._density = (key, found)
            return self._density[1]

    def _nothing_known(self) -> Density:
        """In place of a slice that cannot be normalised, for instance of a domain's boundary."""
        x = np.linspace(self.problem.x.min, self.problem.x.max, INNER_POINTS)
        nan = np.full_like(x, np.nan)
        return Density(
            x=x, logdensity=nan, density=nan, mean=math.nan, sd=math.nan, log_normalizer=math.nan
        )

    @property
    def _right(self) -> Problem:
        return self.problem.with_solver("safeguarded")

    @property
    def _exact_logdensity_fn(self) -> Callable[..., Any]:
        """In closed form where solving all components together would take its time."""
        in_closed_form = self.problem.true_logdensity_fn if self.problem.is_joint else None
        return in_closed_form or self._right.logdensity_fn

    def _slice(self, dim: int, coordinate: int) -> Callable[..., Any]:
        """The log density as a function of one coordinate; the others come before the params."""
        logdensity_fn, key = self._exact_logdensity_fn, ("slice", dim, coordinate)

        def along(s: Any, *rest: Any) -> Any:
            x = jnp.stack([*rest[:coordinate], s, *rest[coordinate + 1 : dim]])
            return logdensity_fn(x, *rest[dim:])

        along = self.problem.programs.setdefault(key, along)
        return cast(Callable[..., Any], along)

    # -- the chain --------------------------------------------------------------------------

    @property
    def num_draws(self) -> int:
        """Number of draws of each chain."""
        return 0 if self._chain is None else self._chain[1].num_draws

    def is_current(self, inputs: Inputs) -> bool:
        """Whether the chain, if there is one, is the chain of these inputs."""
        return self._chain is None or self._chain[0] == inputs.identity

    def chain(self, inputs: Inputs) -> Chain:
        """The chain of these inputs, restarted and replayed if its target has changed.

        Args:
            inputs: what the user has set.

        Returns:
            The chain; with the same seed and as many draws as before, up to 1,000.

        Raises:
            ValueError: if the log density is not finite where the chain starts.
        """
        with self.lock:
            if self._chain is None or self._chain[0] != inputs.identity:
                self._start(inputs, replay=min(self.num_draws, REPLAY))
            assert self._chain is not None
            return self._chain[1]

    def prepare(self, inputs: Inputs) -> None:
        """Compile the sampler's programs ahead, on a chain that is thrown away.

        It takes seconds and does not hold the lock.
        """
        with self._preparing:
            self._prepared = inputs.program
            try:
                chain = self._new_chain(inputs)
                chain.advance(1)
                chain.transition(inputs.settings, inputs.target)
            finally:
                self._prepared = None
                self.compiled.add(inputs.program)

    def _wait_for_programs(self, inputs: Inputs) -> None:
        """If another thread is compiling what these inputs need, this one need not do so too."""
        if self._prepared == inputs.program:
            with self._preparing:
                pass

    def advance(self, inputs: Inputs, n: int) -> None:
        """Append n draws to the chain of these inputs."""
        self._wait_for_programs(inputs)
        with self.lock:
            self.chain(inputs).advance(n, inputs.settings)
            self._shown = None

    def replay(self, inputs: Inputs, wish: Mapping[str, Any]) -> bool:
        """Make the draws that a page has made already.

        Args:
            inputs: what the user has set.
            wish: the chain that the page knew, `base` with `epoch` (None for one without draws)
                and `num_draws`; `start`, how many of its draws stay; and `segments`, each with a
                `count` of draws and their `settings`.

        Returns:
            Whether it was done: not if the chain has become another in the meantime.

        Raises:
            ValueError: a setting is not allowed.
        """
        base, start = wish["base"], int(wish["start"])
        shape = np.shape(inputs.inverse_mass_matrix)
        with self.lock:
            if base["num_draws"] != self.num_draws or base["epoch"] not in (None, self.epoch):
                return False
            if start < self.num_draws:
                self.rewind(inputs, start)
            for segment in wish["segments"]:
                told = segment["settings"]
                settings = {
                    "step_size": told["step_size"],
                    "num_integration_steps": told["num_integration_steps"],
                    "inverse_mass_matrix": np.reshape(told["inverse_mass_matrix"], shape),
                }
                self.advance(inputs._replace(**settings), segment["count"])
            return True

    def rewind(self, inputs: Inputs, num_draws: int) -> None:
        """Keep only the first draws; what follows is a branch if the settings are others.

        Args:
            inputs: what the user has set.
            num_draws: how many to keep; all of them if there are fewer.
        """
        with self.lock:
            for chain in (self.chain(inputs), self._right_chain):
                if chain is not None:
                    chain.rewind(min(max(num_draws, 0), chain.num_draws))
            self._shown = None
            self.epoch += 1

    def show(self, draw: int | None) -> None:
        """Display the transition that led to a draw, counted from 0; None: the last one."""
        with self.lock:
            is_earlier = draw is not None and 0 <= draw < self.num_draws - 1
            self._shown = draw if is_earlier else None

    def warmup(self, inputs: Inputs, n: int) -> Warmup:
        """BlackJAX's window adaptation from where the chain is; its draws are shown apart.

        Args:
            inputs: what the user has set.
            n: number of draws to spend.

        Returns:
            What was found; the chain itself is as it was.
        """
        with self.lock:
            self._warmup = self.chain(inputs).warmup(n)
            return self._warmup

    @property
    def last_warmup(self) -> Warmup | None:
        """What the last warm-up of this chain found."""
        return self._warmup

    def reset(self, inputs: Inputs) -> None:
        """Start the chain again, without draws."""
        with self.lock:
            self._start(inputs, replay=0)

    def _new_chain(self, inputs: Inputs) -> Chain:
        start = np.broadcast_to(inputs.initial_position, np.shape(inputs.x))
        return Chain(
            self.problem.with_solver(inputs.solver).scaled_logdensity_fn,
            inputs.target,
            algorithm=inputs.algorithm,
            settings=inputs.settings,
            initial_position=start,
            seed=inputs.seed,
            num_chains=inputs.num_chains,
            dtype=inputs.dtype,
            device=inputs.device,
        )

    def _start(self, inputs: Inputs, replay: int) -> None:
        chain = self._new_chain(inputs)
        chain.advance(replay)
        self._chain = (inputs.identity, chain)
        self._right_chain = self._warmup = self._shown = None
        self.epoch += 1

    def right_chain(self, inputs: Inputs) -> Chain | None:
        """What the right gradient would have drawn: the same seed and settings, draw for draw.

        Args:
            inputs: what the user has set.

        Returns:
            A chain with a gradient scale of 1 and as many draws as :meth:`chain`, or None where
            that is the chain itself.
        """
        if inputs.gradient_scale == 1.0:
            return None
        with self.lock:
            chain = self.chain(inputs)
            if self._right_chain is None:
                begun = inputs._replace(gradient_scale=1.0)
                self._right_chain = self._new_chain(begun)
            right = self._right_chain
            # The settings may have changed on the way: follow them from mark to mark.
            ends = [draw for draw, _ in chain.marks[1:]] + [chain.num_draws]
            for (_, settings), end in zip(chain.marks, ends, strict=True):
                if end > right.num_draws:
                    right.advance(end - right.num_draws, settings)
            return right

    def transition(self, inputs: Inputs, gradient_scale: float | None = None) -> Transition | None:
        """The displayed transition of the first chain.

        The last one is shown as it is, or would be, with these inputs, from the same start and
        with the same key; an earlier one as it was.

        Args:
            inputs: what the user has set.
            gradient_scale: another one than that of the inputs.

        Returns:
            The transition, or None before the first draw.
        """
        with self.lock:
            if self._chain is None:
                return None
            if gradient_scale is not None:
                inputs = inputs._replace(gradient_scale=gradient_scale)
            chain = self._chain[1]
            if self._shown is None:
                return chain.transition(inputs.settings, inputs.target)
            target = None if gradient_scale is None else inputs.target
            return chain.transition(params=target, draw=self._shown)

    def is_what_if(self, inputs: Inputs, transition: Transition) -> bool:
        """Whether a transition is not the one that gave the chain's last draw."""
        with self.lock:
            assert self._chain is not None
            chain = self._chain[1]
            if self._shown is not None:
                return False
            made_with = chain.marks[-1][1]
            return inputs.target != chain.params or not transition.settings.same_as(made_with)

    def diagnostics(self, inputs: Inputs, soon: bool = False) -> Diagnostics:
        """How well the draws describe the exact density; computed once for equal draws.

        Args:
            inputs: what the user has set.
            soon: while more draws are made, those of a moment ago will do: they take a twentieth
                of the time at most.

        Returns:
            The diagnostics.
        """
        with self.lock:
            return self._diagnose("chain", self.chain(inputs), inputs, soon)

    def right_diagnostics(self, inputs: Inputs, soon: bool = False) -> Diagnostics | None:
        """The same of the chain with the right gradient; None where that is the chain itself."""
        with self.lock:
            chain = self.right_chain(inputs)
            return None if chain is None else self._diagnose("right", chain, inputs, soon)

    def _diagnose(self, name: str, chain: Chain, inputs: Inputs, soon: bool) -> Diagnostics:
        found, epoch, num_draws, until = self._diagnostics.get(name, (None, None, None, 0.0))
        is_same = (epoch, num_draws) == (self.epoch, chain.num_draws)
        if found is None or not (is_same or (soon and epoch == self.epoch and until > monotonic())):
            began = monotonic()
            found = chain.diagnostics(None if inputs.t is not None else self.density(inputs))
            until = monotonic() + _PATIENCE * (monotonic() - began)
            self._diagnostics[name] = (found, self.epoch, chain.num_draws, until)
        return found


def error_grid(largest_decade: int, per_decade: int) -> Floats:
    """Points that are equally spaced in log |x|, to both sides of zero, and zero itself.

    Args:
        largest_decade: the grid ends at 10 to this power.
        per_decade: points in each decade.

    Returns:
        The points in increasing order.
    """
    decades = largest_decade - ERROR_SMALLEST_DECADE
    half = np.logspace(ERROR_SMALLEST_DECADE, largest_decade, decades * per_decade + 1)
    return np.concatenate([-half[::-1], [0.0], half])


def inner_window(argmins: Floats, here: float) -> tuple[Any, Any]:
    """The y to show around the minimum: it moves with x, smoothly, and little.

    It holds zero and all that y* can be on its own side of zero, and a quarter of it on the
    other side; while y* crosses zero both sides open up.

    Args:
        argmins: y* over the range of x.
        here: y* at x.

    Returns:
        The smallest and the largest y.
    """
    # By NumPy's functions alone, so that it can be traced.
    seen = np.where(np.isfinite(argmins), np.abs(argmins), 0.0)
    is_known = np.isfinite(here)
    reach = np.maximum(np.max(seen, initial=0.0), np.where(is_known, np.abs(here), 0.0))
    reach = np.where(reach == 0, 1.0, reach)
    side = np.where(is_known, np.clip(0.5 + 1.5 * here / reach, 0.0, 1.0), 0.5)
    return -reach * (1.0 - 0.75 * side), reach * (0.25 + 0.75 * side)
