"""What the page computes with: the kernel's own functions, translated, as one ES module.

Numbers come from the programs that the kernel jits and from NumPy functions that it calls after
them; sentences from the Python functions that it writes them with. Nothing is written a second
time for the page: what it does itself is to call these functions and to put their results in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._context import DTYPES, computing
from ..argmin import Status
from ..compiler import module_text, trace, traceable, words_text
from ..inspection import Verdict
from ..inspection import _headline as headline
from ..inspection import _inspect as inspection
from ..inspection import _programs as programs
from ..inspection import _table as table
from ..inspection import _verdict as verdict
from ..problems import SOLVERS, Problem
from ..publish import Still, compress, figure, png, save_html
from ..sampling import ALGORITHMS
from ..sampling._mesh import density_on_mesh
from . import _frames, _session, protocol
from ._presets import PRESETS
from ._sampler_module import Precision, sampler_module
from ._static import static
from ._still import shown

#: Relative tolerance of a verdict, as in :func:`~gradwidget.inspect`.
RTOL = 1e-3


def gradient_module(problem: Problem, precisions: Sequence[Precision]) -> str:
    """The module that inspects: at a point, along curves, in words.

    Args:
        problem: of a scalar x.
        precisions: solvers and dtypes to be computed in.

    Returns:
        The text of an ES module; js/engine/translated.ts tells what it exports.

    Raises:
        UnsupportedPrimitiveError: the problem cannot be translated; names the line that does it.
    """
    count = len(problem.parameters)
    traced = {}
    for solver, dtype in precisions:
        of = problem.with_solver(solver)
        with computing(dtype):
            x, params = _example(dtype, count)
            traced[f"answer_{solver}_{dtype}"] = trace(programs._answer(of), (x, *params))
    with computing("float64"):
        x, params = _example("float64", count)
        said = programs.Answer(x, x, params, x, x, x, np.int64(0), np.int64(0))
        for name, differences in (("inspect_point", True), ("inspect_curve", False)):
            traced[name] = trace(_judged(problem, differences), (x, said, x, *params))
        if problem.inner is not None:
            traced["inner"] = trace(problem.inner, (x, x, *params))
            traced["beside"] = trace(programs.slopes_beside(problem), (x, x, *params))
            argmins = np.zeros(_session.CURVE_POINTS)
            traced["inner_window"] = trace(traceable(_session.inner_window), (argmins, x))
        if problem.true_f is not None:
            traced["further"] = trace(table.further(problem), (x, *params))
        traced["relative"] = trace(traceable(verdict.relative_error), (x, x))
        right = problem.with_solver("safeguarded").logdensity_fn
        traced["density"] = trace(
            lambda *params: density_on_mesh(lambda x: right(x, *params)), params
        )
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
        "kink_status": int(Status.KINK),
        "most_substeps": _frames.MAX_SUBSTEPS,
        "eps": {dtype: float(np.finfo(dtype).eps) for dtype in DTYPES},
        "rtol": RTOL,
        "presets": {name: dict(preset.values) for name, preset in PRESETS.items()},
        "grid": {
            "curve": _session.CURVE_POINTS,
            "inner": _session.INNER_POINTS,
            "per_decade": _session.ERROR_POINTS_PER_DECADE,
            "smallest_decade": _session.ERROR_SMALLEST_DECADE,
        },
    }
    return "\n".join([text, _sentences(), f"export const known={_json(known)};"]) + "\n"


ALL_PRECISIONS: tuple[Precision, ...] = tuple((s, d) for s in SOLVERS for d in DTYPES)


def page_code(problem: Problem, precision: Precision) -> bytes:
    """The compressed module for a notebook's page, made once for a problem.

    Args:
        problem: what is differentiated, at a scalar x.
        precision: what the page must be able to compute in.

    Returns:
        The module's bytes.
    """
    return _made_once(problem, "page", gradient_module, precision)


def page_sampler(problem: Problem, precision: Precision) -> bytes:
    """The same for the module that samples, by all algorithms."""

    def make(problem: Problem, precisions: Sequence[Precision]) -> str:
        return sampler_module(problem, ALGORITHMS, precisions)

    return _made_once(problem, "page sampler", make, precision)


def _made_once(
    problem: Problem,
    name: str,
    make: Callable[[Problem, Sequence[Precision]], str],
    precision: Precision,
) -> bytes:
    """A compressed module that has this precision, and all that were wanted before."""
    known: dict[tuple[Precision, ...], bytes] = problem.programs.setdefault(name, {})
    made = next((code for precisions, code in known.items() if precision in precisions), None)
    if made is None:
        wanted = (*(p for precisions in known for p in precisions), precision)
        made = known[tuple(dict.fromkeys(wanted))] = compress(make(problem, wanted))
    return made


def save_widget(
    path: str | Path,
    session: _session.Session,
    inputs: _session.Inputs,
    spec: Mapping[str, Any],
    get_state: Callable[[list[str]], dict[str, Any]],
) -> None:
    """Write a widget as a page of its own.

    Args:
        path: where to.
        session: computes the still picture.
        inputs: what the user has set.
        spec: what the page knows of the problem.
        get_state: gives the values of traits as they travel.
    """
    problem = session.problem
    precisions = [(s, d) for s, d in ALL_PRECISIONS if s in problem.solvers]
    names = [*(p.name for p in problem.parameters), problem.x.name, *_SHOWN]
    seen = shown(session, inputs)
    still = Still(seen.headline, seen.heads, seen.rows, png(figure(seen)))
    save_html(
        path,
        title=f"gradwidget: {problem.name}",
        state={"values": get_state(names), "_spec": spec},
        scripts={
            "gradient": gradient_module(problem, precisions),
            "sampler": sampler_module(problem, ALGORITHMS, precisions),
            "front-end": static("widget.js"),
        },
        host=static("saved.js"),
        style=static("widget.css"),
        still=still,
    )


_SHOWN = (*protocol.SETTINGS, "controls")


def refusal(error: Exception) -> str:
    """Why a problem is left to the kernel, in a sentence."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"this problem cannot be translated to JavaScript: {first}"


def _example(dtype: str, count: int) -> tuple[Any, tuple[Any, ...]]:
    """An x and parameters of the right shapes; the values are of no account."""
    return np.asarray(0.5, dtype), tuple(np.asarray(2.0, dtype) for _ in range(count))


def _judged(problem: Problem, differences: bool) -> Callable[..., Any]:
    """`(x, answer, eps, *params) -> Inspection`: what follows the answer, in the kernel too."""
    compare = (
        programs._comparison(problem, _one_by_one)
        if differences
        else programs._closed_form_alone(problem)
    )
    names = [parameter.name for parameter in problem.parameters]

    def judge(xs: Any, said: Any, truth: Any, eps: Any) -> Any:
        known, nothing = inspection.known_differences, inspection.no_differences
        fd = known(truth.shifted, truth.scale, (1,)) if differences else nothing((1,))
        return inspection.judged(xs, said, truth, fd, names, RTOL, None, eps)

    def at(x: Any, said: Any, eps: Any, *params: Any) -> Any:
        truth = compare(x, said.argmin, *params)
        xs, said, truth = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], (x, said, truth))
        found = traceable(judge)(xs, said, truth, eps)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[0], found)

    return at


def _one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Vectorised as a loop: without vector units a batch of solvers is as slow as the slowest."""
    return lambda points: jax.lax.map(jax.jit(function), points)


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
