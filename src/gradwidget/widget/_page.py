"""What the page computes with: the kernel's own functions, translated, as one ES module.

Numbers come from the programs that the kernel jits and from NumPy functions that it calls after
them; sentences from the Python functions that it writes them with. Nothing is written a second
time for the page: what it does itself is to call these functions and to put their results in order.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._context import DTYPES, computing
from ..argmin import Status
from ..compiler import module_text, trace, traceable, words_text
from ..inspection import Verdict, inspect
from ..inspection import _headline as headline
from ..inspection import _programs as programs
from ..inspection import _table as table
from ..inspection import _verdict as verdict
from ..inspection._curve import random_direction
from ..problems import SOLVERS, Problem
from ..publish import Still, compress, figure, png, save_html
from ..sampling import ALGORITHMS
from . import _frames, _plane, _plane_mesh, _session, protocol
from ._point_programs import (
    RTOL,
    example,
    on_plane_program,
    scalar_programs,
    vector_programs,
)
from ._recorded import recorded_module
from ._sampler_module import Precision, sampler_module
from ._static import static
from ._still import shown
from ._vector import beside

#: Where the page evaluates a log density in so many milliseconds, its grids are fine.
FAST = 0.02


def gradient_module(
    problem: Problem,
    precisions: Sequence[Precision],
    dim: int | None = None,
    is_alone: bool = False,
) -> str:
    """The module that inspects: at a point, along curves, in words.

    Args:
        problem: what is differentiated.
        precisions: solvers and dtypes to be computed in.
        dim: the number of components of a vector x; None for a scalar.
        is_alone: whether the page has no kernel that computes what takes a while.

    Returns:
        The text of an ES module; js/engine/translated.ts tells what it exports.

    Raises:
        UnsupportedPrimitiveError: the problem cannot be translated; names the line that does it.
    """
    traced = {}
    for solver, dtype in precisions:
        of = problem.with_solver(solver)
        with computing(dtype):
            arguments = example(problem, dtype, dim)
            traced[f"answer_{solver}_{dtype}"] = trace(programs._answer(of), arguments)
    with computing("float64"):
        number = np.asarray(0.5)
        traced |= scalar_programs(problem) if dim is None else vector_programs(problem, dim)
        if problem.inner is not None:
            argmins = np.zeros(_session.CURVE_POINTS)
            traced["inner_window"] = trace(traceable(_session.inner_window), (argmins, number))
        if is_alone and dim is not None and dim > 1:
            traced["logdensity_on_plane"] = on_plane_program(problem, dim)
            traced |= _plane_mesh.plane_mesh_programs()
        traced["relative"] = trace(traceable(verdict.relative_error), (number, number))
        text = module_text(traced)
    refusals = {
        solver: table.through_solver(problem.with_solver(solver)) for solver, _ in precisions
    }
    known = {
        "names": [parameter.name for parameter in problem.parameters],
        "has_closed_form": problem.has_closed_form,
        "refusals": refusals,
        "precisions": [f"{solver}_{dtype}" for solver, dtype in precisions],
        "reference": headline.reference_name(problem),
        "closed_form_row": table.CLOSED_FORM,
        "is_conjugate": problem.is_conjugate,
        "kink_status": int(Status.KINK),
        "most_substeps": _frames.MAX_SUBSTEPS,
        "range": [problem.x.min, problem.x.max],
        "random": [] if dim is None else random_direction(dim).tolist(),
        "eps": {dtype: float(np.finfo(dtype).eps) for dtype in DTYPES},
        "rtol": RTOL,
        "grid": {
            "curve": _session.CURVE_POINTS,
            "inner": _session.INNER_POINTS,
            "per_decade": _session.ERROR_POINTS_PER_DECADE,
            "smallest_decade": _session.ERROR_SMALLEST_DECADE,
            "field": _plane.FIELD_POINTS,
            "room": _plane.ROOM,
            "margin": _plane.MARGIN,
            "rounds": _plane_mesh.ROUNDS,
            "worst": _plane.WORST_ERROR,
            "fast": FAST,
            "farthest": _plane_mesh.FARTHEST,
        },
    }
    code = "\n".join([text, _sentences(), f"export const known={_json(known)};"]) + "\n"
    return with_survey(code) if is_alone else code


def with_survey(code: str) -> str:
    """A module that inspects, with what takes a while: where no kernel computes that."""
    return f"{code}{static('survey.js')}\nexport {{survey}};\n"


ALL_PRECISIONS: tuple[Precision, ...] = tuple((s, d) for s in SOLVERS for d in DTYPES)


def page_code(problem: Problem, precision: Precision, dim: int | None = None) -> bytes:
    """The compressed module for a notebook's page, made once for a problem.

    Args:
        problem: what is differentiated.
        precision: what the page must be able to compute in.
        dim: the number of components of a vector x; None for a scalar.

    Returns:
        The module's bytes.
    """

    def make(problem: Problem, precisions: Sequence[Precision]) -> str:
        return gradient_module(problem, precisions, dim)

    return _made_once(problem, ("page", dim), make, precision)


def page_sampler(problem: Problem, precision: Precision) -> bytes:
    """The same for the module that samples a scalar, by all algorithms."""

    def make(problem: Problem, precisions: Sequence[Precision]) -> str:
        return sampler_module(problem, ALGORITHMS, precisions)

    return _made_once(problem, ("page sampler", None), make, precision)


#: One at a time: widgets of one problem, each in a thread of its own, want the same.
_TRANSLATING = threading.Lock()


def _made_once(
    problem: Problem,
    key: tuple[str, int | None],
    make: Callable[[Problem, Sequence[Precision]], str],
    precision: Precision,
) -> bytes:
    """A compressed module that has this precision, and all that were wanted before."""
    with _TRANSLATING:
        known: dict[tuple[Precision, ...], bytes] = problem.programs.setdefault(key, {})
        made = next((code for precisions, code in known.items() if precision in precisions), None)
        if made is None:
            wanted = (*(p for precisions in known for p in precisions), precision)
            made = known[tuple(dict.fromkeys(wanted))] = compress(make(problem, wanted))
        return made


class Carried(NamedTuple):
    """What a page without a kernel carries of a widget.

    Attributes:
        name: of the problem.
        state: JSON-able: `values` of the inputs, `look`, the `segments` of the chain, `_spec`.
        modules: the kernel's functions, compressed: `gradient` and `sampler`.
        still: for where nothing moves.
    """

    name: str
    state: dict[str, Any]
    modules: dict[str, bytes]
    still: Still


def carried(
    session: _session.Session,
    inputs: _session.Inputs,
    spec: Mapping[str, Any],
    get_state: Callable[[list[str]], dict[str, Any]],
) -> Carried:
    """Everything that a page needs, so that a widget is alive in it as it is now.

    Args:
        session: computes the still picture.
        inputs: what the user has set.
        spec: what the page knows of the problem.
        get_state: gives the values of traits as they travel.

    Returns:
        Modules that are the same object for all widgets of the problem; where it cannot be
        translated, one with recorded values, in which all else is locked.
    """
    problem, dim = session.problem, inputs.dim
    names = [*(p.name for p in problem.parameters), problem.x.name, *beside(dim), *_SHOWN]
    with session.lock:
        has_draws = session.num_draws and session.is_current(inputs)
        segments = _frames._segments(session.chain(inputs)) if has_draws else []
    look = get_state(list(_LOOK))
    try:
        why = _SLOW_SENTENCE if _is_slow(session, inputs) else ""
        modules = {} if why else _all_modules(problem, dim)
    except Exception as error:  # whatever it is that only Python can do
        why = refusal(error)
    if why:
        code = compress(recorded_module(session, inputs, why))
        modules = {"gradient": code, "sampler": b""}
        moved = {session.axis, *(p.name for p in problem.parameters)}
        look["lock"] = sorted({*look["lock"], *names, *_ACTIONS} - moved)
        segments = []
    return Carried(
        problem.name,
        {
            "values": get_state(names),
            "look": look,
            "segments": segments,
            # Other problems need a kernel.
            "_spec": {**spec, "problems": []},
        },
        modules,
        still_of(session, inputs),
    )


#: A page takes several times as long as the kernel: it could not follow a hand.
_SLOW = 0.03
_SLOW_SENTENCE = "a page would take too long to compute this problem"


def _is_slow(session: _session.Session, inputs: _session.Inputs) -> bool:
    """Whether the inspection of a vector takes the kernel too long for a page to do the same."""
    problem = session.problem
    if inputs.dim is None or problem.has_closed_form or not problem.is_joint:
        return False
    took = []
    for _ in range(3):
        began = time.perf_counter()
        inspect(problem, session.position(inputs), *inputs.params, **inputs.precision)
        took.append(time.perf_counter() - began)
    return min(took) > _SLOW


def still_of(session: _session.Session, inputs: _session.Inputs) -> Still:
    """What is shown of a widget on paper, and where there is no JavaScript."""
    seen = shown(session, inputs)
    return Still(seen.headline, seen.heads, seen.rows, png(figure(seen)))


def _all_modules(problem: Problem, dim: int | None) -> dict[str, bytes]:
    """The compressed modules in all precisions, made once for a problem."""
    key = ("page in all precisions", dim)
    made: dict[str, bytes] | None = problem.programs.get(key)
    if made is None:
        precisions = [(s, d) for s, d in ALL_PRECISIONS if s in problem.solvers]
        made = problem.programs[key] = {
            "gradient": compress(gradient_module(problem, precisions, dim, True)),
            "sampler": compress(sampler_module(problem, ALGORITHMS, precisions, dim)),
        }
    return made


def save_widget(path: str | Path, page: Carried) -> None:
    """Write a widget as a page of its own.

    Args:
        path: where to.
        page: what it carries.
    """
    save_html(
        path,
        title=f"gradwidget: {page.name}",
        state=page.state,
        scripts={**page.modules, "front-end": static("widget.js")},
        host=static("saved.js"),
        style=static("widget.css"),
        still=page.still,
    )


_SHOWN = (*protocol.SETTINGS, "controls")
#: What recorded values leave nothing to do.
_ACTIONS = ("step", "back", "run", "reset", "warmup", "preset", "problem")
#: What whoever made the widget decided: not the reader's to change.
_LOOK = ("view", "lock", "projector")


def refusal(error: Exception) -> str:
    """Why a problem is left to the kernel, in a sentence."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"this problem cannot be translated to JavaScript: {first}"


def sentences(status: Status, verdict: Verdict) -> tuple[str, str]:
    """What the codes of an inspection say."""
    return f"{status}", f"{verdict}"


def _sentences() -> str:
    """The functions that write, each group apart, since their helpers may share names."""
    parts = [
        _group(headline.headline_of),
        _group(table.rows_of, {"_relative_error": "relative"}),
        _group(_frames.describe),
        _group(_frames.mark_text),
        _group(sentences),
    ]
    return f"export const words={{{','.join(parts)}}};"


def _group(function: Callable[..., Any], given: Mapping[str, str] | None = None) -> str:
    """A function with its helpers, `given` being translated programs by the name it calls."""
    given = given or {}
    name = function.__name__
    text = words_text(function, codes=(Status, Verdict), given=given)
    aliases = "".join(f"const {alias}={known};" for alias, known in given.items())
    return f"{name}:(()=>{{{aliases}\n{text}return {name};}})()"


def _json(value: Any) -> str:
    """JSON that may stand in a module, and in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"[<\u2028\u2029]", lambda found: f"\\u{ord(found.group()):04x}", text)
