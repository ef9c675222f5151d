"""Frames: what a session computed, written in the protocol's words."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inspection import CLOSED_FORM, GradientReport, GradientRow
from ..problems import Parameter, Problem
from ..sampling import (
    Chain,
    Diagnostics,
    LastStep,
    Settings,
    Transition,
    Tree,
    Warmup,
    leapfrog_substeps,
)
from . import _plane, protocol
from ._presets import Preset
from ._session import Curve, Inputs, Session

#: Longer leapfrog paths are not told in their half kicks and drifts.
MAX_SUBSTEPS = 201

Header = dict[str, Any]
Arrays = dict[str, ArrayLike]


def spec(
    problem: Problem,
    ranges: Mapping[str, Parameter],
    axis: str,
    dim: int | None,
    solvers: Sequence[str],
    algorithms: Sequence[str],
    problems: Sequence[str],
    presets: Mapping[str, Preset],
) -> Header:
    """What the page needs to know once: the problem, its ranges, the choices.

    Args:
        problem: what is differentiated.
        ranges: the sliders' ranges by name.
        axis: the name of what the curves are over: x, or t on a line through a vector.
        dim: the number of components of a vector x; None for a scalar.
        solvers: names of the solvers that apply.
        algorithms: names of the sampling algorithms.
        problems: names of those that may take this one's place.
        presets: what the menu has.

    Returns:
        A JSON-able dict; open bounds are None where there is none.
    """
    return {
        "title": problem.name,
        "formula": problem.formula,
        "description": problem.description,
        "source": problem.source,
        "problems": list(problems),
        "function": "f",
        "parameters": [_range(ranges[p.name]) for p in problem.parameters],
        "x": _range(ranges[axis]),
        "point": None if dim is None else {"name": problem.x.name, "dim": dim},
        "gradient_is_argmin": problem.is_conjugate,
        "solvers": [] if problem.inner is None else list(solvers),
        "dtypes": ["float64", "float32"],
        "algorithms": list(algorithms),
        "presets": [
            {
                "name": name,
                "label": preset.label,
                "sentence": preset.sentence,
                "values": dict(preset.values),
            }
            for name, preset in presets.items()
        ],
    }


def _range(parameter: Parameter) -> Header:
    def bound(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "name": parameter.name,
        "label": parameter.name,
        "min": parameter.min,
        "max": parameter.max,
        "log": parameter.log,
        "step": parameter.step,
        "choices": [[label, number] for label, number in parameter.choices],
        "lower": bound(parameter.lower),
        "upper": bound(parameter.upper),
    }


def values(session: Session, inputs: Inputs) -> Header:
    """The inputs under their traits' names, as JSON.

    Args:
        session: gives the names of the parameters.
        inputs: what the user has set.

    Returns:
        A JSON-able dict.
    """
    fields = inputs._asdict()
    if inputs.t is None:
        del fields["t"], fields["direction"]
    if inputs.plane is None:
        del fields["plane"]
    params = fields.pop("params")
    x = fields.pop("x")
    names = [p.name for p in session.problem.parameters]
    return {**dict(zip(names, params, strict=True)), session.problem.x.name: x, **fields}


def frame(session: Session, inputs: Inputs, header: Header) -> bytes:
    """Everything that a change of an input recomputes.

    Args:
        session: computes it.
        inputs: what the user has set.
        header: number, seq, view and settled.

    Returns:
        The packed frame of kind ``frame``.
    """
    began = time.perf_counter()
    with session.lock:
        curves = session.curves(inputs)
        fields, arrays = at_point(session, inputs, curves[0])
        arrays |= over_range(session, inputs, curves)
        told, path = _transition(session, inputs)
    fields = {
        "kind": protocol.FRAME,
        **header,
        **fields,
        "seconds": time.perf_counter() - began,
        "transition": told,
    }
    return protocol.pack(fields, arrays | path)


def at_point(session: Session, inputs: Inputs, curve: Curve) -> tuple[Header, Arrays]:
    """What a frame tells of the point of inspection.

    Args:
        session: computes it.
        inputs: what the user has set.
        curve: the first of the session's curves.

    Returns:
        Fields of the header, and arrays.
    """
    inspection = session.inspect_along(inputs)
    rows = session.rows(inputs)
    answer = session.headline(inputs)
    inner = session.inner_curve(inputs, curve)
    fields: Header = {
        "values": values(session, inputs),
        "headline": {
            "claim": answer.claim,
            "judgement": answer.judgement,
            "verdict": answer.verdict_name,
            "why": answer.why,
        },
        "status_sentence": str(inspection.status),
        "verdict_sentence": str(inspection.verdict),
        "rows": [_row(row) for row in rows],
        "position": np.ravel(session.position(inputs)).tolist(),
    }
    arrays: Arrays = {
        "point": [float(getattr(inspection, name)) for name in protocol.POINT_FIELDS],
        "rows": [_cells(row) for row in rows],
        **_plane.arrows(session, inputs),
    }
    if inner is not None:
        arrays["inner.y"], arrays["inner.g"] = inner
    return fields, arrays


def over_range(session: Session, inputs: Inputs, curves: tuple[Curve, Curve]) -> Arrays:
    """What a frame tells of the range of x, as arrays: the curves and the density."""
    curve, errors = curves
    density = session.density(inputs)
    return {
        **_curve("curve", curve, protocol.CURVE_FIELDS),
        **_curve("error", errors, protocol.ERROR_FIELDS),
        "density.x": density.x,
        "density.logdensity": density.logdensity,
        "density.density": density.density,
        "density.moments": [density.mean, density.sd],
    }


def draws(
    session: Session, inputs: Inputs, first: int, header: Header, more: bool = False
) -> bytes:
    """The draws from ``first`` on, and the transition that ended them.

    Args:
        session: holds the chain.
        inputs: what the user has set.
        first: index of the first draw to tell.
        header: number, seq, view, batch and running.
        more: more draws follow at once, so that the diagnostics may be those of a moment ago.

    Returns:
        The packed frame of kind ``draws``.
    """
    with session.lock:
        chain = session.chain(inputs)
        told, path = _transition(session, inputs)
        fields: Header = {
            "kind": protocol.DRAWS,
            **header,
            "epoch": session.epoch,
            "first": first,
            "num_draws": chain.num_draws,
            "num_chains": inputs.num_chains,
            "marks": _marks(chain, inputs.algorithm),
            "values": values(session, inputs),
            "segments": _segments(chain),
            "transition": told,
            "warmup": _warmup(session.last_warmup),
        }
        diagnostics = session.diagnostics(inputs, more)
        moments = {"mean": diagnostics.mean, "sd": diagnostics.sd}
        arrays: Arrays = {
            "draws": _shown(chain.samples[:, first:], inputs),
            **_plane.draws(inputs, chain.samples[:, first:], moments),
            **_flags("is_accepted", chain.is_accepted, first),
            **_flags("is_divergent", chain.is_divergent, first),
            "summary": _summary(diagnostics, inputs),
            **path,
        }
        if session.last_warmup is not None:
            arrays["warmup.draws"] = _shown(session.last_warmup.samples, inputs)
        right = session.right_chain(inputs)
        if right is not None:
            arrays["right.draws"] = _shown(right.samples[:, first:], inputs)
            arrays["right.summary"] = _summary(session.right_diagnostics(inputs, more), inputs)
    return protocol.pack(fields, arrays)


def check(session: Session, inputs: Inputs, report: GradientReport, header: Header) -> bytes:
    """What `check_gradient` found of the rule.

    Args:
        session: gives the names of the inputs.
        inputs: for which the rule was checked.
        report: what was found.
        header: number, seq and view.

    Returns:
        The packed frame of kind ``check``; errors and tolerances are arrays, NaN where there are
        none.
    """
    rows = [row._asdict() for row in report.rows]
    numbers = {name: [row.pop(name) for row in rows] for name in ("error", "tolerance")}
    fields: Header = {
        "kind": protocol.CHECK,
        **header,
        "values": values(session, inputs),
        "ok": report.ok,
        "headline": report.headline,
        "points": report.points,
        "rows": [{name: str(cell) for name, cell in row.items()} for row in rows],
    }
    return protocol.pack(fields, {f"rows.{name}": column for name, column in numbers.items()})


def map_(session: Session, inputs: Inputs, parameter: str, header: Header) -> bytes:
    """The inspection over x and one parameter.

    Args:
        session: computes it.
        inputs: what the user has set.
        parameter: the name of the parameter.
        header: number, seq and view.

    Returns:
        The packed frame of kind ``map``.
    """
    found = session.map(inputs, parameter)
    fields: Header = {
        "kind": protocol.MAP,
        **header,
        "values": values(session, inputs),
        "parameter": parameter,
    }
    arrays: Arrays = {
        "map.x": found.x,
        "map.parameter": found.parameter,
        "map.rel_error": found.inspection.rel_error,
        "map.verdict": found.inspection.verdict,
        "map.status": found.inspection.status,
    }
    return protocol.pack(fields, arrays)


def plane_field(
    session: Session, inputs: Inputs, header: Header, keep_going: Callable[[], bool]
) -> bytes | None:
    """The field of the gradient's errors over two coordinates.

    Args:
        session: computes it.
        inputs: what the user has set.
        header: number, seq and view.
        keep_going: False ends it.

    Returns:
        The packed frame of kind ``plane``, or None where it was ended.
    """
    found = _plane.field(session, inputs, keep_going)
    if found is None:
        return None
    return _plane_part("field", session, inputs, header, _plane.field_arrays(found))


def plane_density(
    session: Session, inputs: Inputs, header: Header, keep_going: Callable[[], bool]
) -> bytes | None:
    """The density over two coordinates, and its exact marginals; as :func:`plane_field`."""
    found = _plane.density(session, inputs, keep_going)
    if found is None:
        return None
    return _plane_part("density", session, inputs, header, _plane.density_arrays(found))


def _plane_part(
    part: str, session: Session, inputs: Inputs, header: Header, arrays: Arrays
) -> bytes:
    fields: Header = {
        "kind": protocol.PLANE,
        **header,
        "part": part,
        "values": values(session, inputs),
        "position": np.ravel(session.position(inputs)).tolist(),
    }
    return protocol.pack(fields, arrays)


def _curve(prefix: str, curve: Curve, fields: Sequence[str]) -> Arrays:
    known = {"x": curve.x, **curve.inspection._asdict()}
    return {f"{prefix}.{name}": known[name] for name in fields}


def _warmup(warmup: Warmup | None) -> Header | None:
    if warmup is None:
        return None
    return {
        "step_size": float(warmup.settings.step_size),
        "inverse_mass_matrix": np.asarray(warmup.settings.inverse_mass_matrix).tolist(),
        "num_draws": len(warmup.samples),
    }


def _flags(name: str, flags: NDArray[np.bool_] | None, first: int) -> Arrays:
    """Flags of the draws from ``first`` on, if the algorithm has such."""
    return {} if flags is None else {name: flags[:, first:]}


def _shown(values: Any, inputs: Inputs) -> Any:
    """Of vectors, on the last axis, the coordinate that is shown."""
    return values if inputs.coordinate is None else values[..., inputs.coordinate]


def _summary(diagnostics: Diagnostics | None, inputs: Inputs) -> list[float]:
    fields = (getattr(diagnostics, name) for name in protocol.SUMMARY_FIELDS)
    return [_number(_shown(f, inputs) if np.ndim(f) else f) for f in fields]


def _number(value: Any) -> float:
    """A float, NaN where there is none."""
    return math.nan if value is None else float(value)


def _row(row: GradientRow) -> Header:
    cells = dict(zip(protocol.ROW_COLUMNS, _values(row), strict=True))
    return {
        "name": row.name,
        "verdict": None if row.verdict is None else row.verdict.name,
        "message": row.message,
        "absent": [column for column, value in cells.items() if value is None],
        "reference": row.name == CLOSED_FORM,
    }


def _values(row: GradientRow) -> tuple[float | None, ...]:
    return (row.value, row.gradient, row.rel_error, row.residual, row.time)


def _cells(row: GradientRow) -> list[float]:
    return [_number(value) for value in _values(row)]


def _marks(chain: Chain, algorithm: str) -> list[Header]:
    """Where the sampler's settings changed; the first mark is where the chain began."""
    marks = chain.marks[1:]
    return [{"draw": draw, "text": mark_text(settings, algorithm)} for draw, settings in marks]


def _segments(chain: Chain) -> list[Header]:
    """How many draws were made with which settings."""
    ends = [draw for draw, _ in chain.marks[1:]] + [chain.num_draws]
    return [
        {
            "count": end - draw,
            "settings": {
                "step_size": settings.step_size,
                "num_integration_steps": settings.num_integration_steps,
                "inverse_mass_matrix": np.ravel(settings.inverse_mass_matrix).tolist(),
            },
        }
        for (draw, settings), end in zip(chain.marks, ends, strict=True)
        if end > draw
    ]


def mark_text(settings: Settings, algorithm: str) -> str:
    """What a mark in the trace says."""
    steps = f", {settings.num_integration_steps} steps" if algorithm == "hmc" else ""
    return f"step size {settings.step_size:g}{steps}"


def _transition(session: Session, inputs: Inputs) -> tuple[Header | None, Arrays]:
    """The displayed transition of the first chain: what JSON can say, and its arrays."""
    transition = session.transition(inputs)
    if transition is None:
        return None, {}
    substeps = None
    has_substeps = transition.tree is None and transition.last_step.momentum is not None
    if has_substeps and len(transition.last_step.path_position) <= MAX_SUBSTEPS:
        substeps = leapfrog_substeps(transition)
    is_what_if = session.is_what_if(inputs, transition)
    in_plane = _plane.path("transition", inputs, transition)
    transition = _in_coordinate(transition, inputs)
    step = transition.last_step
    told = {
        "algorithm": inputs.algorithm,
        "chain": transition.chain,
        "index": transition.draw + 1,
        "is_last": transition.draw == session.num_draws - 1,
        "is_accepted": step.is_accepted,
        "is_divergent": step.is_divergent,
        "what_if": is_what_if,
        "tree": _tree(transition.tree),
        "sentence": describe(transition),
    }
    arrays = {**_path("transition", transition), **in_plane}
    if transition.tree is not None:
        arrays |= {f"tree.{name}": getattr(transition.tree, name) for name in protocol.TREE_FIELDS}
    if substeps is not None:
        arrays["substeps.position"] = _shown(substeps.position, inputs)
        arrays["substeps.momentum"] = _shown(substeps.momentum, inputs)
    if inputs.gradient_scale != 1.0:
        right = session.transition(inputs, gradient_scale=1.0)
        arrays |= _path("right", right and _in_coordinate(right, inputs))
        arrays |= _plane.path("right", inputs, right)
    return told, arrays


def _in_coordinate(transition: Transition, inputs: Inputs) -> Transition:
    """What a transition of vectors is in the coordinate that is shown."""
    if inputs.coordinate is None:
        return transition
    step, settings = transition.last_step, transition.settings
    vectors = {
        name: _shown(getattr(step, name), inputs)
        for name in ("momentum", "path_position", "path_momentum")
        if getattr(step, name) is not None
    }
    masses = np.asarray(settings.inverse_mass_matrix)
    if masses.ndim == 2:
        masses = np.diagonal(masses)
    if masses.size > 1:
        masses = masses[inputs.coordinate]
    return transition._replace(
        last_step=step._replace(**vectors), settings=settings._replace(inverse_mass_matrix=masses)
    )


def _tree(tree: Tree | None) -> Header | None:
    if tree is None:
        return None
    return {
        "start": int(tree.start),
        "selected": int(tree.selected),
        "is_turning": bool(tree.is_turning),
        "is_last_discarded": bool(tree.is_last_discarded),
    }


def _path(prefix: str, transition: Transition | None) -> Arrays:
    if transition is None:
        return {}
    step = transition.last_step
    paths = {
        "position": step.path_position,
        "momentum": step.path_momentum,
        "energy": step.path_energy,
    }
    scalars = (
        step.delta_energy,
        step.acceptance_rate,
        step.uniform,
        step.momentum,
        np.ravel(transition.settings.inverse_mass_matrix)[0],
        transition.settings.step_size,
    )
    return {
        **{f"{prefix}.{name}": path for name, path in paths.items() if path is not None},
        f"{prefix}.scalars": [_number(value) for value in scalars],
    }


def describe(transition: Transition) -> str:
    """One sentence on a transition, from the momentum to the decision.

    Args:
        transition: of a chain in one dimension.

    Returns:
        Plain text.
    """
    step = transition.last_step
    steps = len(step.path_position) - 1
    if transition.tree is not None:
        return _plain_minus(_describe_nuts(transition.tree, step, steps))
    if step.is_accepted:
        outcome = "accepted"
    elif step.is_divergent:
        outcome = "divergent: the chain stays"
    else:
        outcome = "rejected: the chain stays"
    decision = (
        f"accept with probability {step.acceptance_rate:.3f}, "
        f"drew u = {_number(step.uniform):.3f} → {outcome}"
    )
    if step.momentum is None:
        moved = step.path_position[-1] - step.path_position[0]
        return _plain_minus(f"one gradient step with noise: {moved:+.3f} → {decision}")
    return _plain_minus(
        f"momentum drawn {step.momentum:+.3f} → "
        f"{steps} leapfrog step{'s' * (steps != 1)} → "
        f"ΔH = {-_number(step.delta_energy):+.4f} → {decision}"
    )


def _describe_nuts(tree: Tree, step: LastStep, steps: int) -> str:
    doublings = len(tree.directions)
    if step.is_divergent:
        end = "a divergence ended it"
    elif tree.is_turning:
        end = "a U-turn ended it"
    else:
        end = "the largest depth ended it"
    to = step.path_position[tree.selected]
    return (
        f"momentum drawn {step.momentum:+.3f} → {doublings} doubling{'s' * (doublings != 1)}, "
        f"{steps} leapfrog step{'s' * (steps != 1)} → {end} → selected {to:+.3f} from the path"
    )


def _plain_minus(text: str) -> str:
    """Numbers with a minus sign; a hyphen within a word stays one."""
    return re.sub(r"-(?=[\d.])", "−", text)
