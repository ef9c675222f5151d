"""GradWidget: traits on one side, messages on the other, one session in between.

Data flows one way. Whatever changes an input (a trait set in Python, a trait set in the page, a
drag, a preset) ends in a trait; a changed trait marks what is stale and wakes the worker; the
worker asks the session for a frame of the inputs as they are then, and sends it. So a drag never
queues: inputs that were overtaken are never computed.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from .._context import DTYPES
from .._naming import near_match, one_of
from ..inspection import Inspection
from ..problems import SOLVERS, Parameter, Problem, gallery, power
from ..publish import code, figure
from ..sampling import (
    ALGORITHMS,
    MAX_CHAINS,
    MAX_SEED,
    Chain,
    Diagnostics,
    LastStep,
    Transition,
    Warmup,
    check_integer,
    to_arviz,
    to_csv,
)
from . import _frames, protocol
from ._copy import copied
from ._delivery import Post, delivery
from ._lecture import VIEWS, check_controls, check_lock, locked_sentence
from ._pace import Pace
from ._page import Carried, carried, page_code, page_sampler, refusal, save_widget
from ._presets import PRESETS, Preset, checked_preset, presets_of, read_presets, written_presets
from ._ranges import with_range
from ._sampler_module import Precision
from ._session import Inputs, Session
from ._situation import as_dict, from_dict, situation
from ._static import packed, static
from ._still import is_watched, shown, still
from ._traits import Checked, choice, number, platform, position, setting, whole
from ._vector import AXIS, axis, beside, dimension, vector_traits
from ._worker import Worker

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: After this many seconds without a change, times are measured and the state is stored.
QUIET = 0.4
#: A batch of a running chain is sized to take about this long, in seconds: a pause waits for it.
BATCH = 0.03
MAX_BATCH = 10_000
#: So many batches are computed while the page has not acknowledged the last ones.
AHEAD = 2
MAX_DRAWS = 1_000_000
#: A page that asks faster than the chain answers is not followed further than this.
MAX_WANTED = 100
#: While `run` is called from Python, the page is told at most this often, in seconds...
PROGRESS = 0.1
#: ... and who else waits for the session's lock gets it: without a pause, the loop would have it
#: again before they have woken up.
_COURTESY = 1e-4
#: Who asks for draws that a page has made waits for them at most so long, in seconds.
_PATIENCE = 30.0
_LOOK = 0.1

#: What takes long waits in the background while a drag lasts: so many seconds, and at most so many.
GIVING_WAY = 0.02
MOST_GIVEN_WAY = 5.0

NOTHING_SENT = (0, 0, False, ())

#: A saved notebook keeps this many of the last draws, of all chains together.
STORED_DRAWS = 250

_SETTINGS = tuple(name for name in Inputs._fields if name not in ("params", "x", *beside(2)))
#: Of these, those whose shape is that of x.
_SHAPED = ("initial_position", "inverse_mass_matrix")
_PRIVATE = frozenset(
    {
        "_esm",
        "_css",
        "_spec",
        "_status",
        "_frame",
        "_chain",
        "_page_code",
        "_page_sampler",
        "_page_refusal",
        "lock",
    }
)


class GradWidget(anywidget.AnyWidget):
    """Shows whether a gradient is right, and what a sampler does with it.

    Args:
        problem: what is differentiated; the power problem when left out.
        preset: name of a situation to start from, for example ``"tutorial"``; other keyword
            arguments override it.
        presets: situations of one's own, which the page's menu has too: by name a dictionary of
            values and, as its ``"sentence"``, what to look at.
        controls: ``"simple"`` shows p, x, Step and Run, and the rest behind Settings; ``"all"``
            opens the settings; a list of names shows these alone: inputs, ``"step"``, ``"back"``,
            ``"run"``, ``"reset"``, ``"warmup"``, ``"preset"``, ``"problem"``, ``"copy"``.
        view: ``"all"``, or the ``"gradient"`` or the ``"sampler"`` alone.
        lock: names of inputs that cannot be changed in the page.
        projector: large type and thick lines.
        engine: ``"auto"`` lets the page answer at once, by the kernel's functions translated to
            JavaScript, and the kernel confirm it; ``"kernel"`` leaves everything to the kernel.
        params: values or ranges of the problem's parameters, for parameters whose name is taken
            by another keyword.
        **values: the value of ``x``, of any parameter, of any trait; for ``x`` and parameters
            also a range (:func:`~gradwidget.slider`, ``(min, max)`` or ``(min, max, step)``).

    Raises:
        TypeError: for a keyword that is not known; names the near match.
        traitlets.TraitError: for a value that is not allowed; says what is.
        ValueError: for an unknown preset or one that cannot be set, or a parameter whose name a
            trait of the widget has.

    Example:
        ```python
        import gradwidget as gw

        gw.GradWidget(p=1.5, x=0.8, step_size=0.3, num_integration_steps=5, seed=7)
        ```
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    solver = choice("solver", "safeguarded", SOLVERS)
    dtype = choice("dtype", "float64", DTYPES)
    algorithm = choice("algorithm", "hmc", ALGORITHMS)
    step_size = setting("step_size", 0.3)
    num_integration_steps = setting("num_integration_steps", 5)
    inverse_mass_matrix = setting("inverse_mass_matrix", 1.0)
    initial_position = position(1.0)
    seed = whole("seed", 0, 0, MAX_SEED)
    num_chains = whole("num_chains", 1, 1, MAX_CHAINS)
    gradient_scale = number("gradient_scale", 1.0)
    device = platform("cpu")
    view = choice("view", "all", VIEWS)
    controls = traitlets.Any("simple").tag(sync=True)
    lock = traitlets.Any([]).tag(sync=True)
    projector = traitlets.Bool(False).tag(sync=True)
    engine = choice("engine", "auto", ("auto", "kernel"))

    _spec = traitlets.Dict().tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Bytes().tag(sync=True)
    _chain = traitlets.Bytes().tag(sync=True)
    #: The kernel's functions for the page, compressed; or why it has none.
    _page_code = traitlets.Bytes().tag(sync=True)
    _page_sampler = traitlets.Bytes().tag(sync=True)
    _page_refusal = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        problem: Problem | None = None,
        *,
        preset: str | None = None,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        controls: str | Sequence[str] = "simple",
        view: str = "all",
        lock: str | Sequence[str] = (),
        projector: bool = False,
        engine: str = "auto",
        params: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        if problem is None:
            problem = power()
        #: Without any problem's traits.
        self._plain = type(self)
        #: The problems that the menu has, by name.
        self._problems = {**gallery(), problem.name: problem}
        #: Of the problems that have been left: the ranges, and the values of the inputs.
        self._left: dict[Problem, tuple[Mapping[str, Parameter], dict[str, Any]]] = {}
        dim = dimension(problem, values.get(problem.x.name))
        own = read_presets(presets)
        known = {**presets_of(problem, dim), **own}
        given = _given(problem, preset, known, params, values, self.trait_names(), dim)
        ranges = {}
        for parameter in _sliders(problem, dim):
            ranges[parameter.name], given[parameter.name] = with_range(
                parameter, given.get(parameter.name)
            )
        self._bind(problem, dim, ranges, threading.RLock())
        #: Situations of one's own, and the problem that they are of.
        self._own_presets = (problem, {n: checked_preset(n, p, self) for n, p in own.items()})
        self._worker = Worker(self._work, name="gradwidget")
        # Apart from the worker, since they take seconds and the page must not wait for them.
        self._completer = Worker(self._complete, name="gradwidget table")
        self._translator = Worker(self._translate, name="gradwidget page")
        self._checker = Worker(self._check, name="gradwidget check")
        self._planner = Worker(self._plane, name="gradwidget plane")
        self._copier = Worker(self._copy, name="gradwidget copy")
        self._closed = False
        self._stale = True  # the frame is not that of the inputs
        self._rest = True  # no drag is under way: the chain may follow
        self._asked: tuple[Any, Any] = (None, None)  # the last change's view and seq
        self._from_page: dict[str, Any] = {}  # values that the page has already
        self._set_by: dict[str, tuple[Any, int]] = {}  # by input: the last view and its seq
        self._greeted = False  # a view wants everything
        self._is_seen = False  # there has been a view; scripts and notebooks that are run have none
        self._wanted: deque[functools.partial[None]] = deque(maxlen=MAX_WANTED)
        self._wanted_map: str | None = None  # the parameter on its other axis
        self._wants_plane = False
        self._wanted_copies: deque[tuple[Any, str]] = deque(maxlen=MAX_WANTED)  # view and what
        self._wanted_problem: str | None = None  # by name
        self._running = False
        self._credit = protocol.CREDIT
        self._batch = 0
        self._pace = Pace(BATCH, MAX_BATCH)
        # Draws of a page that are to be made here, too: how often there were some, and are.
        self._followed = threading.Condition(self._session.lock)
        self._wished = self._granted = 0
        self._expected: set[Any] = set()  # views that have draws to tell of
        self._replayed: dict[str, Any] | None = None  # the last of them, for the page
        self._ahead = 0  # batches that have not been sent
        # What the page has: the epoch, the draws, whether more of them were on their way, and
        # what of them it was told.
        self._sent: tuple[int, int, bool, tuple[Any, ...]] = NOTHING_SENT
        self._number = 0
        self._quiet_since = time.monotonic()
        self._stored: Any = None  # what of the chain the saved notebook would keep
        self._failed: Inputs | None = None  # inputs with which sampling has failed

        look = {"view": view, "controls": controls, "lock": lock, "projector": projector}
        super().__init__(engine=engine, **look, **given)
        self._spec = self._describe()
        self.observe(self._on_input, names=list(self._inputs))
        self.on_msg(self._on_message)
        self._worker.wake()  # compile ahead, before a view asks

    def _bind(
        self,
        problem: Problem,
        dim: int | None,
        ranges: Mapping[str, Parameter],
        lock: threading.RLock,
    ) -> None:
        """Let the traits be those of a problem, and a session of its own answer for it."""
        self._problem, self._dim, self._parameters = problem, dim, ranges
        self._line = beside(dim)
        vector = {} if dim is None else vector_traits(problem, dim)
        self._inputs = tuple(dict.fromkeys((*ranges, *vector, *_SETTINGS)))
        self._session = Session(problem, ranges, _axis(problem, dim).name, lock)
        self.__class__ = self._plain
        self.add_traits(
            **{
                name: Checked(range_.value, range_.check).tag(sync=True)
                for name, range_ in ranges.items()
            },
            **vector,
        )

    def _describe(self) -> dict[str, Any]:
        """What the page is told of the problem."""
        return _frames.spec(
            self._problem,
            self._parameters,
            _axis(self._problem, self._dim).name,
            self._dim,
            SOLVERS,
            ALGORITHMS,
            tuple(self._problems),
            self._presets(),
        )

    def _presets(self) -> Mapping[str, Preset]:
        """Everything that the page's menu has."""
        problem, own = self._own_presets
        return {
            **presets_of(self._problem, self._dim),
            **(own if problem is self._problem else {}),
        }

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return packed("widget.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return static("widget.css")

    @traitlets.validate("controls", "lock")
    def _check_names(self, proposal: Any) -> Any:
        check = {"controls": check_controls, "lock": check_lock}[proposal["trait"].name]
        try:
            return check(proposal["value"], self._inputs)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

    @traitlets.observe("comm")
    def _keep_subshell(self, change: Any) -> None:
        """Let the page's messages reach the shell they are addressed to, beside a busy cell.

        ipykernel 7.4 sends them to the shell that this comm has last answered in instead: that is
        the main shell once a worker or a cell has sent anything, and it waits for the cell.
        """
        if getattr(change["new"], "_reply_subshell_for", None) is not None:
            change["new"]._reply_subshell_for = None
        self._post = delivery(change["new"])
        if self._post is not None:
            # Shiny's outputs are of one height, and cut off what is higher, unless it says so.
            self.layout.height = "max-content"

    #: Brings messages to the host's thread, where it needs that.
    _post: Post | None = None

    def _send(self, msg: Any, buffers: Any = None) -> None:
        if self._post is None:
            super()._send(msg, buffers)
        else:
            self._post(functools.partial(super()._send, msg, buffers))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._parameters)
        return f"GradWidget({self._problem.name}, {values})"

    # -- reading ----------------------------------------------------------------------------

    @property
    def problem(self) -> Problem:
        """What is differentiated. Another problem may take its place.

        Its parameters become the widget's traits in place of the old one's; x, the parameters and
        the chain start as it says, or as they were when it was left; the other settings stay.
        """
        return self._problem

    @problem.setter
    def problem(self, problem: Problem) -> None:
        with self._session.lock:  # whoever computes has come to an end, and starts with all of it
            if problem is self._problem:
                return
            ranges, values = self._left.get(problem, ({}, {}))
            dim = problem.dim
            if not ranges:
                _given(problem, None, {}, None, {}, self._plain.class_trait_names(), dim)
                ranges = {parameter.name: parameter for parameter in _sliders(problem, dim)}
            own = [name for name in self._inputs if name not in _SETTINGS or name in _SHAPED]
            self._left[self._problem] = (self._parameters, {n: getattr(self, n) for n in own})
            self._problems.setdefault(problem.name, problem)
            session, before = self._session, set(self._inputs)
            self.unobserve(self._on_input, names=list(before))
            for name in own:
                self._trait_values.pop(name, None)
            self._bind(problem, dim, ranges, session.lock)
            self.keys = list(self.traits(sync=True))
            self._running, self._rest = False, True
            self._drop_wanted()
            self._wanted_map = self._failed = self._stored = None
            self._sent = NOTHING_SENT
            self._set_by = {}
            with self.hold_sync():  # the page hears of all of it at once
                for name, value in values.items():
                    setattr(self, name, value)
                for name in {*own, *self._inputs}.intersection(self.keys):
                    self.notify_change(
                        traitlets.Bunch(
                            name=name,
                            old=traitlets.Undefined,
                            new=getattr(self, name),
                            owner=self,
                            type="change",
                        )
                    )
                self._frame = self._chain = self._page_code = self._page_sampler = b""
                self._page_refusal = ""
                self._spec = self._describe()
            self.observe(self._on_input, names=list(self._inputs))
            session.forget()
        self._touch()

    @property
    def params(self) -> Mapping[str, float]:
        """The problem's parameters by name, read-only; set them as traits or with :meth:`set`."""
        return MappingProxyType({p.name: getattr(self, p.name) for p in self._problem.parameters})

    @property
    def inspection(self) -> Inspection:
        """The inspection at x, current for the inputs as they are now."""
        session, inputs = self._now()
        return session.inspect(inputs)

    @property
    def samples(self) -> NDArray[Any]:
        """The draws, of shape (chains, draws)."""
        return self._current_chain().samples

    @property
    def state(self) -> Any:
        """BlackJAX's state at the start of the displayed transition, or of the chain."""
        transition = self._transition()
        return self._current_chain().initial_state if transition is None else transition.state

    @property
    def new_state(self) -> Any:
        """BlackJAX's state after the displayed transition; None before the first step."""
        transition = self._transition()
        return None if transition is None else transition.new_state

    @property
    def info(self) -> Any:
        """BlackJAX's info of the displayed transition; None before the first step."""
        transition = self._transition()
        return None if transition is None else transition.info

    @property
    def last_step(self) -> LastStep | None:
        """The displayed transition in its parts; None before the first step."""
        transition = self._transition()
        return None if transition is None else transition.last_step

    @property
    def diagnostics(self) -> Diagnostics:
        """Number of draws, acceptance, divergences, ESS, R-hat, moments and the exact ones."""
        self._let_follow()
        session, inputs = self._now()
        return session.diagnostics(inputs)

    # -- doing ------------------------------------------------------------------------------

    def set(self, **values: Any) -> None:
        """Set several inputs at once: all of them, or none if one is refused.

        Args:
            **values: trait values by name.

        Raises:
            TypeError: for a name that is not an input.
            traitlets.TraitError: for a value that is not allowed.
        """
        for name in values:
            if name not in self._inputs:
                raise TypeError(f"There is no input {name!r}.{near_match(name, self._inputs)}")
        refused = self._refused(values)
        if refused:
            raise traitlets.TraitError(" ".join(refused.values()))
        self._assign(values)

    def _assign(self, values: Mapping[str, Any]) -> None:
        """Set several inputs, so that no computation sees only some of them."""
        with self._session.lock:
            for name, value in values.items():
                setattr(self, name, value)

    def step(self, n: int = 1) -> None:
        """Make n transitions, each with BlackJAX's kernel and the next key.

        Args:
            n: how many, at least 1.

        Raises:
            ValueError: if n is not a whole number from 1 to 1,000,000.
        """
        self._advance(_count(n))
        self._touch()

    def run(self, n: int) -> None:
        """Make n transitions in batches, showing progress; can be interrupted.

        Args:
            n: how many, at least 1.

        Raises:
            ValueError: if n is not a whole number from 1 to 1,000,000.
        """
        left = _count(n)
        pace = Pace(PROGRESS / 2, MAX_BATCH)
        told = time.monotonic()
        try:
            while left:
                batch, began = min(left, pace.size), time.monotonic()
                self._advance(batch)
                now = time.monotonic()
                pace.learn(batch, now - began)
                left -= batch
                if now - told > PROGRESS:
                    self._send_draws(*self._now(), more=True)
                    told = time.monotonic()
                time.sleep(_COURTESY)
        finally:
            self._touch()

    def back(self, n: int = 1) -> None:
        """Take back the last n draws; stepping again with the same settings repeats them.

        Args:
            n: how many, at least 1; all of them if there are fewer.

        Raises:
            ValueError: if n is not a whole number from 1 to 1,000,000.
        """
        self._let_follow()
        with self._session.lock:
            inputs = self._snapshot()
            draws = self._session.chain(inputs).num_draws
            self._session.rewind(inputs, draws - _count(n))
        self._touch()

    def warmup(self, n: int = 1_000) -> Warmup:
        """Tune the step size and the mass matrix by BlackJAX's window adaptation.

        It runs on the first chain with the key ``fold_in(key(seed), 2**31 - 1)``; its draws are
        shown apart and do not belong to the chain. What it finds is set as ``step_size`` and
        ``inverse_mass_matrix``, for all chains, from the next draw on.

        Args:
            n: draws to spend, 1 to 100,000.

        Returns:
            The way there and what was found.

        Raises:
            ValueError: if the algorithm is MALA, or nothing usable was found.
        """
        with self._session.lock:
            found = self._session.warmup(self._snapshot(), n)
            matrix = np.asarray(found.settings.inverse_mass_matrix)
            self.set(
                step_size=found.settings.step_size,
                inverse_mass_matrix=matrix.item() if matrix.size == 1 else matrix,
            )
        self._touch()
        return found

    def to_arviz(self) -> Any:
        """The draws and what is known of every transition, as ArviZ takes them.

        Returns:
            ArviZ's data with the groups ``posterior`` and ``sample_stats``.

        Raises:
            ImportError: if ArviZ is not installed.
        """
        return to_arviz(self._current_chain(), self._problem.x.name)

    def to_csv(self) -> str:
        """The draws and what is known of every transition, as text.

        Returns:
            CSV with a line of heads, and one line for each draw of each chain.
        """
        return to_csv(self._current_chain(), self._problem.x.name)

    def reset(self, position: float | None = None) -> None:
        """Start the chain again, without draws, with the same seed.

        Args:
            position: a new initial position; the present one when left out.

        Raises:
            traitlets.TraitError: if position is not a finite number.
        """
        self._let_follow()
        with self._session.lock:
            if position is not None:
                self.initial_position = position
            self._session.reset(self._snapshot())
        self._touch()

    def figure(self) -> Figure:
        """What the widget shows, as a figure of matplotlib's: for papers and slides.

        The inner problem, the value and the gradient with what they are compared with, the table
        and, once there are draws, the chain.

        Returns:
            A figure that no pyplot knows of: `w.figure().savefig("power.pdf")`.
        """
        return figure(shown(*self._now()))

    def code(self) -> str:
        """The script that the widget stands for at this moment, in plain JAX and BlackJAX.

        It needs nothing of gradwidget, and prints the widget's value, gradient, closed form and
        last draws.

        Returns:
            Python's text.

        Raises:
            ValueError: the source of a function of your own is not known, or it uses what cannot
                be written down; says which, and what to do.
        """
        return code(situation(*self._now()))

    def to_dict(self) -> dict[str, Any]:
        """What the widget stands for, in what JSON knows; :meth:`from_dict` restores it.

        Returns:
            The problem's name, the values of the inputs, the chain as the numbers of draws that
            were made with the same settings, and presets of one's own.
        """
        problem, own = self._own_presets
        presets = written_presets(own if problem is self._problem else {})
        return {**as_dict(*self._now()), **({"presets": presets} if presets else {})}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any], problem: Problem | None = None) -> GradWidget:
        """A widget as :meth:`to_dict` found it; its chain is drawn again, with the same keys.

        Args:
            d: the dictionary.
            problem: of the dictionary's name, where it is not one of the gallery's.

        Returns:
            A new widget.

        Raises:
            ValueError: it is no such dictionary, or its problem is not known.
            traitlets.TraitError: for a value that is not allowed.
        """
        restored = from_dict(d, problem)
        widget = cls(restored.problem, presets=d.get("presets"), **restored.values)
        for count, settings in restored.segments:
            widget.set(**settings)
            widget.run(count)
        if restored.segments:
            widget.set(**{name: restored.values[name] for name in restored.segments[0][1]})
        return widget

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget's view; beside it a picture and the numbers, for where there is no widget.

        They take seconds when nothing has been computed yet. Whoever sits before the page gets the
        view at once then, without them.
        """
        made = super()._repr_mimebundle_(**kwargs)
        if made is None or (is_watched() and not self._frame):
            return made
        data, metadata = made
        return {**data, **still(*self._now(), name=repr(self))}, metadata

    def save_html(self, path: str | Path) -> None:
        """Write a page that works without a kernel and without the web.

        One file: the front end and the widget's own functions, translated to JavaScript, so that
        p, x and the settings can be dragged and the sampler steps. Its situation is in the
        address after `#`, so that a link shares it. On paper and with JavaScript off it shows a
        picture and the table.

        Where the problem cannot be translated (:func:`~gradwidget.to_javascript` says why), the
        page carries values recorded over the range of x and of each parameter, one at a time, and
        the chain so far; it goes to the nearest of them, says so, and locks all else.

        Args:
            path: where to; an existing file is replaced.
        """
        save_widget(path, self._carried())

    def _carried(self) -> Carried:
        """What a page without a kernel carries of this widget."""
        return carried(*self._now(), self._spec, self.get_state)

    def close(self) -> None:
        """Close the widget: its views disappear and its arrays are freed."""
        self._closed = True
        self._running = False
        super().close()
        if hasattr(self, "_worker"):  # not if the constructor has raised
            for worker in (
                self._worker,
                self._completer,
                self._translator,
                self._checker,
                self._planner,
                self._copier,
            ):
                worker.stop()
            self._session.forget()

    def _advance(self, n: int) -> None:
        self._let_follow()
        session, inputs = self._now()
        session.advance(inputs, n)

    def _touch(self) -> None:
        """The chain has changed: the page is to be told."""
        self._stale = self._rest = True
        self._quiet_since = time.monotonic()
        self._worker.wake()

    def _current_chain(self) -> Chain:
        self._let_follow()
        session, inputs = self._now()
        return session.chain(inputs)

    def _transition(self) -> Transition | None:
        self._let_follow()
        session, inputs = self._now()
        with session.lock:
            session.chain(inputs)
            return session.transition(inputs)

    # -- inputs: every change ends here -----------------------------------------------------

    def _now(self) -> tuple[Session, Inputs]:
        """The session and the inputs that belong together."""
        with self._session.lock:
            return self._session, self._snapshot()

    def _snapshot(self) -> Inputs:
        with self._session.lock:
            return Inputs(
                params=tuple(getattr(self, p.name) for p in self._problem.parameters),
                x=_tuples(getattr(self, self._problem.x.name)),
                **{name: _tuples(getattr(self, name)) for name in (*_SETTINGS, *self._line)},
            )

    def _on_input(self, change: Any) -> None:
        """An input has changed, whoever changed it."""
        if change["name"] == "direction" and self.t != 0:
            self._move_here(direction=change["old"])
        self._stale = True
        self._quiet_since = time.monotonic()
        if change["name"] not in self._from_page:
            self._rest = True
        self._worker.wake()

    def _move_here(self, **changes: Any) -> None:
        """Let the line go through the point of inspection."""
        with self._session.lock:
            here = self._session.position(
                self._snapshot()._replace(**{n: _tuples(v) for n, v in changes.items()})
            )
            self.set(**{self._problem.x.name: np.asarray(here), AXIS: 0.0})

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what a page has set; a refused value is answered there, not raised here."""
        inputs = {name: value for name, value in sync_data.items() if name in self._inputs}
        refused = self._refused_to_page(inputs)
        accepted = {
            name: value
            for name, value in sync_data.items()
            if name not in refused and name not in _PRIVATE
        }
        with self._session.lock:
            super().set_state(accepted)
        if refused:
            self._tell_error(" ".join(refused.values()), refused)
            self.send_state(list(refused))

    def _refused_to_page(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The same for values that a page wishes: what is locked stays as it is."""
        moved = [n for n in self.lock if n in values and values[n] != getattr(self, n)]
        return {**self._refused(values), **{name: locked_sentence([name]) for name in moved}}

    def _refused(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The values that are not allowed, each with the sentence that says why."""
        refused = {}
        traits = self.traits()
        for name, value in values.items():
            try:
                traits[name].validate(self, value)
            except traitlets.TraitError as error:
                refused[name] = str(error)
        return refused

    def _should_send_property(self, key: str, value: Any) -> bool:
        # The page that drags has the value already; sending it back would make its slider jump.
        if key in self._from_page and self._from_page[key] == value:
            return False
        return bool(super()._should_send_property(key, value))

    # -- messages from the page -------------------------------------------------------------

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Note what a page asks for, and return: the worker does it."""
        handlers = {
            "hello": self._on_hello,
            "change": self._on_change,
            "preset": self._on_preset,
            "problem": self._on_problem,
            "sampler": self._on_sampler,
            "check": self._on_check,
            "map": self._on_map,
            "plane": self._on_plane,
            "copy": self._on_copy,
            "ack": self._on_ack,
        }
        kind = content.get("type") if isinstance(content, dict) else None
        handler = handlers.get(kind) if isinstance(kind, str) else None
        if handler is not None and not self._closed:
            # Whatever comes tells of a page: its greeting may have been lost on the way.
            self._is_seen = True
            handler(content)
            self._worker.wake()

    def _on_hello(self, content: dict[str, Any]) -> None:
        self._greeted = True
        self._credit = protocol.CREDIT

    def _on_change(self, content: dict[str, Any]) -> None:
        values = content.get("values")
        if not isinstance(values, dict):
            return
        view, seq = content.get("view"), content.get("seq")
        asked = {name: value for name, value in values.items() if name in self._inputs}
        known = {name: v for name, v in asked.items() if not self._is_late(name, view, seq)}
        if asked and not known:
            return
        refused = self._refused_to_page(known)
        settled = bool(content.get("settled", True))
        with self._session.lock:
            self._from_page = {name: v for name, v in known.items() if name not in refused}
            try:
                self._assign(self._from_page)
            finally:
                self._from_page = {}
        self._asked = (view, seq)
        self._stale = True
        self._rest = settled
        if refused:
            self._tell_error(" ".join(refused.values()), refused)

    def _is_late(self, name: str, view: Any, seq: Any) -> bool:
        """Whether this view has set the input since: it repeats what was held up on its way."""
        if not isinstance(seq, int):
            return False
        last_view, last_seq = self._set_by.get(name, (None, -1))
        if view == last_view and seq < last_seq:
            return True
        self._set_by[name] = (view, seq)
        return False

    def _on_preset(self, content: dict[str, Any]) -> None:
        preset = self._presets().get(str(content.get("name")))
        if preset is not None:
            self._asked = (content.get("view"), content.get("seq"))
            self._stale = True
            self.set(**{n: v for n, v in preset.values.items() if n not in self.lock})

    def _on_problem(self, content: dict[str, Any]) -> None:
        name = content.get("name")
        if name in self._problems:
            self._wanted_problem = str(name)

    def _on_sampler(self, content: dict[str, Any]) -> None:
        self._asked = (content.get("view"), content.get("seq"))
        self._failed = None  # whoever asks again gets an answer again
        action = content.get("action")
        if action == "run":
            self._running, self._credit = True, protocol.CREDIT
            self._pace = Pace(BATCH, MAX_BATCH)
        elif action == "pause":
            self._running = False
        elif action == "ahead":
            self._expect(content.get("view"), bool(content.get("is_ahead")))
        elif isinstance(action, str) and action in self._actions:
            if action not in ("step", "replay"):
                self._running = False
            if action == "reset":
                self._drop_wanted()
            if action == "replay":
                self._wished += 1
                if content.get("is_last"):
                    self._expect(content.get("view"), False)
            self._wanted.append(functools.partial(self._actions[action], self, content))

    def _expect(self, view: Any, is_ahead: bool) -> None:
        """Whether a page has draws that it has not told of yet."""
        # Without the lock, which somebody may hold who computes: it must be known at once.
        (self._expected.add if is_ahead else self._expected.discard)(view)

    def _drop_wanted(self) -> None:
        self._wanted.clear()
        self._granted = self._wished

    # What a page may ask of the chain; each is done by the worker, with the inputs as they are.

    def _do_step(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        session.advance(inputs, 1)

    def _do_back(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        n = check_integer("n", content.get("n", 1), 1, MAX_DRAWS)
        session.rewind(inputs, session.num_draws - n)

    def _do_branch(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        session.rewind(inputs, check_integer("draw", content.get("draw"), 0, MAX_DRAWS))

    def _do_show(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        draw = content.get("draw")
        session.show(None if draw is None else check_integer("draw", draw, 1, MAX_DRAWS) - 1)

    def _do_reset(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        position = content.get("position")
        if position is not None and "initial_position" not in self.lock:
            if inputs.coordinate is not None:  # the others stay
                start = np.broadcast_to(inputs.initial_position, self._dim or 1).tolist()
                start[inputs.coordinate] = position
                position = start
            self.initial_position = position
        session.reset(self._snapshot())

    def _do_replay(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        """A page has drawn: draw the same."""
        is_done = False
        try:
            is_done = session.replay(inputs, content)
        except Exception as error:  # the page waits for an answer, whatever happens
            self._tell_error(str(error) or type(error).__name__)
        if not is_done:
            self._sent = NOTHING_SENT
        with self._followed:
            self._granted += 1
            self._replayed = {
                "view": content.get("view"),
                "wish": content.get("wish"),
                "is_done": is_done,
            }
            self._followed.notify_all()

    def _do_copy(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        """In its turn: the draws that were asked for before belong to it."""
        self._wanted_copies.append((content.get("view"), str(content.get("what"))))
        self._copier.wake()

    def _let_follow(self) -> None:
        """Wait until the draws that a page has told of are the chain's.

        The session's lock is free meanwhile.
        """
        if self._worker.is_current:
            return
        goal, granted, end = self._wished, self._granted, time.monotonic() + _PATIENCE
        with self._followed:
            while self._granted < goal or self._expected:
                if self._granted != granted:  # it goes on, however long that takes
                    granted, end = self._granted, time.monotonic() + _PATIENCE
                if self._closed or self._failed == self._snapshot():
                    return
                if time.monotonic() > end:
                    self._expected.clear()  # of a page that is gone
                    return
                self._followed.wait(_LOOK)

    def _do_warmup(self, content: dict[str, Any], session: Session, inputs: Inputs) -> None:
        locked = [n for n in ("step_size", "inverse_mass_matrix") if n in self.lock]
        if locked:
            raise ValueError(locked_sentence(locked))
        self._tell_status("compiling", "warming up")
        self.warmup(content.get("n", 1_000))

    _actions: Mapping[str, Callable[[GradWidget, dict[str, Any], Session, Inputs], None]] = {
        "step": _do_step,
        "back": _do_back,
        "branch": _do_branch,
        "show": _do_show,
        "reset": _do_reset,
        "warmup": _do_warmup,
        "replay": _do_replay,
    }

    def _on_check(self, content: dict[str, Any]) -> None:
        self._checker.wake()

    def _on_map(self, content: dict[str, Any]) -> None:
        name = content.get("parameter")
        if name in self.params:
            self._wanted_map = str(name)

    def _on_plane(self, content: dict[str, Any]) -> None:
        self._wants_plane = True
        self._planner.wake()

    def _on_copy(self, content: dict[str, Any]) -> None:
        self._failed = None
        self._wanted.append(functools.partial(GradWidget._do_copy, self, content))

    def _on_ack(self, content: dict[str, Any]) -> None:
        self._credit = min(self._credit + 1, protocol.CREDIT)

    # -- the worker -------------------------------------------------------------------------

    def _work(self) -> float | None:
        """Do the most urgent thing; errors are told in the page, the last good state stays."""
        if self._closed:
            return None
        session, inputs = self._now()
        try:
            return self._most_urgent(session, inputs)
        except Exception as error:  # whatever the user's function raises must reach the page
            if session is self._session:
                self._failed = inputs
                self._running = False
                self._tell_error(str(error) or type(error).__name__)
            return 0.0

    def _most_urgent(self, session: Session, inputs: Inputs) -> float | None:
        if self._wanted_problem is not None:
            name, self._wanted_problem = self._wanted_problem, None
            self.problem = self._problems[name]
            return 0.0
        is_new = inputs.program not in session.compiled
        if is_new:
            what = f"compiling {inputs.solver}, {inputs.dtype}, {inputs.algorithm}"
            self._tell_status("compiling", what)
        if self._greeted:
            self._greeted = False
            self._sent = NOTHING_SENT
        if self._stale:
            self._stale = False
            self._send_frame(session, inputs)
            return 0.0
        if self._wanted_map is not None and self._rest:
            parameter, self._wanted_map = self._wanted_map, None
            frame = _frames.map_(session, inputs, parameter, self._header())
            self.send({"type": protocol.MAP}, [frame])
            return 0.0
        if is_new:
            self._completer.wake()  # which wakes this one when the chain can go on
            return None
        self._tell_status("live", "live")
        if inputs != self._failed and self._sample(session, inputs):
            return 0.0
        quiet = time.monotonic() - self._quiet_since
        if quiet < QUIET:
            return QUIET - quiet
        if not self._running and inputs != self._failed:
            return self._settle(session, inputs)
        return None

    def _sample(self, session: Session, inputs: Inputs) -> bool:
        """Whatever the chain has to do next; returns whether there was something."""
        if not session.is_current(inputs):
            if not self._rest:
                return False
            session.chain(inputs)
            self._stale = True  # the displayed transition is a new one
        elif self._wanted:
            wanted = self._wanted.popleft()
            wanted(session, inputs)
            if wanted.func is not GradWidget._do_replay:
                self._stale = True  # who has drawn shows the transition already
        elif self._running and (self._credit > 0 or self._ahead < AHEAD):
            self._run_batch(session, inputs)
            return True
        elif self._running or self._sent == (
            session.epoch,
            session.num_draws,
            False,
            inputs.shown,
        ):
            return False
        self._send_draws(session, self._snapshot())
        return True

    def _complete(self) -> None:
        """Compile a new program ahead; else complete the table, and have it shown."""
        session, inputs = self._now()
        try:
            if inputs.program not in session.compiled:
                session.prepare(inputs)
                self._planner.wake()  # it has waited, so that the chain is ready sooner
            elif not session.is_complete(inputs):
                session.complete(inputs)
                self._stale = True
        except Exception as error:  # whatever the user's function raises must reach the page
            if session is self._session:
                self._failed = inputs
                self._tell_error(str(error) or type(error).__name__)
        self._worker.wake()

    def _translate(self) -> None:
        """Hand the page what it computes with; once for a solver and a dtype."""
        session, inputs = self._now()
        if self.engine == "kernel":
            return
        precision = (inputs.solver, inputs.dtype)

        def make(problem: Problem, precision: Precision) -> bytes:
            return page_code(problem, precision, inputs.dim)

        self._hand_over(session, "_page_code", make, precision)
        if not self._page_refusal and inputs.dim is None:
            self._hand_over(session, "_page_sampler", page_sampler, precision)

    def _hand_over(
        self,
        session: Session,
        name: str,
        make: Callable[[Problem, Precision], bytes],
        precision: Precision,
    ) -> None:
        """Give the page a module, or the reason why it has none."""
        code, why = b"", ""
        try:
            code = make(session.problem, precision)
        except Exception as error:  # the kernel can do without the page's engine, and says why
            why = refusal(error)
        with session.lock:
            if session is self._session:
                setattr(self, name, code or getattr(self, name))
                self._page_refusal = why

    def _plane(self) -> float | None:
        """Tell the plane of two coordinates, in two parts; a newer wish ends what it does."""
        session, inputs = self._now()
        if not self._wants_plane or inputs.program not in session.compiled:
            return None
        self._wants_plane = False
        if inputs.plane is None:
            return None

        def is_wanted() -> bool:
            return not self._wants_plane and not self._closed and session is self._session

        def keep_going() -> bool:
            # In the middle of a drag the frames come first; a page that is gone never ends it.
            given_way = 0.0
            while not self._rest and is_wanted() and given_way < MOST_GIVEN_WAY:
                time.sleep(GIVING_WAY)
                given_way += GIVING_WAY
            return is_wanted()

        try:
            for part in (_frames.plane_field, _frames.plane_density):
                frame = part(session, inputs, self._header(), keep_going)
                if frame is not None and keep_going():
                    self.send({"type": protocol.PLANE}, [frame])
        except Exception as error:  # whatever the user's function raises must reach the page
            if session is self._session:
                self._tell_error(str(error) or type(error).__name__)
        return 0.0

    def _check(self) -> None:
        """Check the rule around x, and tell what was found."""
        session, inputs = self._now()
        try:
            report = session.check_rule(inputs)
            frame = _frames.check(session, inputs, report, self._header())
        except Exception as error:  # whatever the user's function raises must reach the page
            self._tell_error(str(error) or type(error).__name__)
        else:
            if session is self._session:
                self.send({"type": protocol.CHECK}, [frame])

    def _copy(self) -> float | None:
        """Write what a page wants to copy, and hand it over."""
        if not self._wanted_copies:
            return None
        view, what = self._wanted_copies.popleft()
        message = {"type": protocol.COPY, "view": view, "what": what}
        try:
            self._let_follow()
            self.send(message, [copied(self, what)])
        except Exception as error:  # whatever the user's function raises must reach the page
            self.send({**message, "message": str(error) or type(error).__name__})
        return 0.0

    def _starts(self) -> dict[str, Any]:
        """The values of the inputs that a new widget of this problem starts from."""
        traits = self.traits()
        own = {p.name: p.value for p in (*self._problem.parameters, self._problem.x)}
        if self._dim is not None:  # of a vector the number of components must be told
            del own[self._problem.x.name]
        beside = [name for name in self._inputs if name in (*_SETTINGS, *self._line)]
        return {**own, **{name: traits[name].default_value for name in beside}}

    def _run_batch(self, session: Session, inputs: Inputs) -> None:
        """One batch of a running chain, sized by how long the last one took.

        While the page has not acknowledged what it was sent, a little is computed ahead, and sent
        together with what comes then.
        """
        if self._ahead < AHEAD:
            with session.lock:
                chain = session.chain(inputs)
                size = min(self._pace.size, MAX_DRAWS - chain.num_draws)
                if size <= 0:
                    self._running = False
                    self._tell_error(
                        f"The chain has {MAX_DRAWS:,} draws, the most that is kept. Press Reset."
                    )
                    return
                began = time.monotonic()
                chain.advance(size, inputs.settings)
                self._pace.learn(size, time.monotonic() - began)
            self._ahead += 1
            time.sleep(_COURTESY)
        if self._credit > 0:
            self._credit -= 1
            self._batch += 1
            self._send_draws(session, inputs, batch=self._batch, more=True)

    def _settle(self, session: Session, inputs: Inputs) -> float | None:
        """Once all is quiet: complete the table, and store what is shown."""
        if not session.is_complete(inputs):
            self._completer.wake()
        else:
            if self._is_seen:
                self._translator.wake()  # after everything that somebody waits for
        if self._stored != self._sent:
            self._stored = self._sent
            with session.lock:
                if session is not self._session:
                    return 0.0
                first = max(0, session.num_draws - STORED_DRAWS // inputs.num_chains)
                self._chain = _frames.draws(session, inputs, first, self._header(batch=None))
        return None

    # -- messages to the page ---------------------------------------------------------------

    def _header(self, **fields: Any) -> dict[str, Any]:
        view, seq = self._asked
        self._number += 1
        return {
            "number": self._number,
            "view": view,
            "seq": seq,
            "running": self._running,
            **fields,
        }

    def _send_frame(self, session: Session, inputs: Inputs) -> None:
        """A settled frame goes into its trait, one of a drag only to the page."""
        settled = self._rest
        frame = _frames.frame(session, inputs, self._header(settled=settled))
        with session.lock:
            if session is not self._session:  # another problem has taken its place meanwhile
                return
            if settled:
                self._frame = frame
            else:
                view, seq = self._asked
                self.send({"type": protocol.FRAME, "view": view, "seq": seq}, [frame])

    def _send_draws(
        self, session: Session, inputs: Inputs, batch: int | None = None, more: bool = False
    ) -> None:
        """The draws that the page does not have yet; while there are more, they are told soon."""
        with session.lock:
            if session is not self._session:
                return
            epoch, count, _, shown = self._sent
            goes_on = epoch == session.epoch and shown == inputs.shown
            first = count if goes_on and count <= session.num_draws else 0
            header = self._header(batch=batch, replayed=self._replayed)
            frame = _frames.draws(session, inputs, first, header, more=more)
            self._sent = (session.epoch, session.num_draws, more, inputs.shown)
            self._ahead = 0
        view, seq = self._asked
        self.send({"type": protocol.DRAWS, "view": view, "seq": seq, "batch": batch}, [frame])

    def _tell_status(self, state: str, text: str) -> None:
        self._status = {"engine": "kernel", "state": state, "text": text}

    def _tell_error(self, message: str, names: Iterable[str] = ()) -> None:
        """An alert in the page; the named inputs return to what was accepted last."""
        view, seq = self._asked
        accepted = {name: getattr(self, name) for name in names}
        self.send(
            {
                "type": "error",
                "view": view,
                "seq": seq,
                "names": list(accepted),
                "message": message,
                "accepted": accepted,
            }
        )


def _axis(problem: Problem, dim: int | None) -> Parameter:
    """What the curves are over: x, or t on a line through a vector."""
    return problem.x if dim is None else axis(problem)


def _sliders(problem: Problem, dim: int | None) -> tuple[Parameter, ...]:
    return (*problem.parameters, _axis(problem, dim))


def _given(
    problem: Problem,
    preset: str | None,
    presets: Mapping[str, Preset],
    params: Mapping[str, Any] | None,
    values: Mapping[str, Any],
    traits: Iterable[str],
    dim: int | None,
) -> dict[str, Any]:
    """Everything that the constructor was given, by name; raises for what it does not know."""
    line = beside(dim)
    names = {parameter.name for parameter in problem.parameters}
    taken = names & {*traits, *line, problem.x.name}
    if taken:
        raise ValueError(
            f"the parameter {min(taken)!r} has the name of a trait of the widget: "
            "give it another name in the function's signature"
        )
    known = {*names, problem.x.name, *line, *_SETTINGS}
    for name in values:
        if name not in known:
            options = (
                *("problem", "preset", "presets", "params", "engine"),
                *("view", "controls", "lock", "projector"),
            )
            raise TypeError(
                f"GradWidget() got an unexpected keyword argument {name!r}."
                f"{near_match(name, [*known, *options])}"
            )
    given: dict[str, Any] = {}
    if preset is not None:
        one_of("preset", preset, presets or PRESETS)
        if preset not in presets:
            raise ValueError("presets are situations of the power problem; leave problem out")
        given.update(presets[preset].values)
    given.update(values)
    for name, value in (params or {}).items():
        if name not in names:
            raise TypeError(f"There is no parameter {name!r}.{near_match(name, names)}")
        if name in values:
            raise TypeError(f"the parameter {name!r} was given twice")
        given[name] = value
    return given


def _count(n: int) -> int:
    return check_integer("n", n, 1, MAX_DRAWS)


def _tuples(value: Any) -> Any:
    """Nested lists as nested tuples, which can be compared and hashed."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
