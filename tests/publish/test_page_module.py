"""The page's module against the kernel: numbers, sentences, and BlackJAX's chains."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import numpy as np
import pytest

import gradwidget as gw
from gradwidget.inspection._headline import headline_of, reference_name
from gradwidget.inspection._table import further_references, rows_of, through_solver
from gradwidget.sampling import exact_density
from gradwidget.widget._page import gradient_module
from tests.compiler.engines import Program, run_in_node

PRECISIONS = (("safeguarded", "float64"), ("bfgs", "float64"), ("safeguarded", "float32"))

XS = (0.31415, 0.18, -0.5, 1.0, 5.84, 100.0, 9e-6, 0.0, -2.5, 1e-12, 0.9999, -7e3)
PS = (3.0, 2.0, 1.5, 1.2, 6.0, 50.0, 1.1)

# What the page calls, in one function for each question.
_CALLS = """
export function point(solver, dtype, x, p) {
  return inspect_point(x, ({%s})[solver + dtype](x, p), known.eps[dtype], p);
}
export function headline(found, reference, slopes, x, dtype) {
  return words.headline_of(found, reference, slopes, x, dtype, known.rtol, null);
}
export function rows(...all) { return words.rows_of(...all); }
"""


@functools.cache
def module() -> str:
    answers = ",".join(f"{s}{d}:answer_{s}_{d}" for s, d in PRECISIONS)
    return gradient_module(gw.power(), PRECISIONS) + _CALLS % answers


def called(name: str, calls: list[tuple[Any, ...]], text: str | None = None) -> list[Any]:
    (found,) = run_in_node([Program(text or module(), calls, name)])
    assert all("out" in one for one in found), [one for one in found if "out" not in one][:1]
    return [one["out"] for one in found]


@pytest.mark.parametrize(("solver", "dtype"), PRECISIONS)
def test_inspections_are_the_kernels(solver, dtype):
    """To 1e-12 of the numbers subtracted; the differences to their own estimate of their error."""
    points = [(x, p) for x in XS for p in PS]
    inputs = [tuple(float(np.dtype(dtype).type(v)) for v in point) for point in points]
    found = called("point", [(solver, dtype, *point) for point in inputs])
    differing = 0
    for (x, p), page in zip(points, found, strict=True):
        kernel = gw.inspect(gw.power(), x, p, solver=solver, dtype=dtype)
        label = f"{solver} {dtype} x={x} p={p}"
        if (int(kernel.verdict), int(kernel.status)) != (page["verdict"], page["status"]):
            differing += 1  # a solver that stops early may stop a step earlier
            continue
        tolerance = 1e-12 if dtype == "float64" else 2e-5
        for name in ("value", "gradient", "argmin", "reference_value", "reference_gradient"):
            one, other = float(getattr(kernel, name)), float(page[name])
            if dtype == "float32" and not math.isfinite(one):
                # XLA fuses products and sums: of infinities it may make another one, or none.
                assert not math.isfinite(other), f"{label} {name}"
                continue
            scale = max(1.0, abs(x)) if name.endswith("gradient") else 1.0
            np.testing.assert_allclose(
                other, one, rtol=tolerance, atol=tolerance * scale, err_msg=f"{label} {name}"
            )
        if np.isfinite(kernel.fd_error):
            error = max(kernel.fd_error, page["fd_error"])
            assert abs(page["fd_gradient"] - kernel.fd_gradient) <= 2 * error, label
    assert differing <= (0 if solver == "safeguarded" else 4)


def plain(value: Any) -> Any:
    """A record as the page has it."""
    if hasattr(value, "_asdict"):
        return {name: plain(field) for name, field in value._asdict().items()}
    if isinstance(value, dict):
        return {name: plain(field) for name, field in value.items()}
    return value if value is None or isinstance(value, bool | str) else np.asarray(value).tolist()


def inspections() -> list[tuple[float, str, Any]]:
    """Real ones, and every verdict with every status, at numbers that are awkward to write."""
    real = [
        (x, dtype, gw.inspect(gw.power(), x, p, solver=solver, dtype=dtype))
        for solver, dtype in PRECISIONS
        for x in (0.18, 0.0, -7e3, 9e-6)
        for p in (3.0, 50.0)
    ]
    numbers = (0.0, 0.125, -2.5, 1e-7, 123456.0, 0.99995, math.inf, -math.inf, math.nan)
    made = []
    for n, verdict in enumerate(gw.Verdict):
        for m, status in enumerate(gw.Status):
            value = numbers[(n + 3 * m) % len(numbers)]
            other = numbers[(2 * n + m + 1) % len(numbers)]
            found = real[0][2]._replace(
                value=value,
                gradient=other,
                reference_gradient=value,
                fd_error=abs(other),
                residual=abs(value),
                rel_error=abs(other),
                verdict=verdict,
                status=status,
            )
            made.append((0.18, "float64", found))
    return real + made


def test_the_headline_is_the_kernels():
    told = [
        (
            x,
            dtype,
            found,
            (-0.25, 1e-9) if found.status == gw.Status.KINK else None,
        )
        for x, dtype, found in inspections()
    ]
    reference = reference_name(gw.power())
    calls = [
        (plain(found), reference, None if slopes is None else list(slopes), x, dtype)
        for x, dtype, found, slopes in told
    ]
    for (x, dtype, found, slopes), page in zip(told, called("headline", calls), strict=True):
        kernel = headline_of(found, reference, slopes, x, dtype, 1e-3, None)
        assert page == kernel._asdict()


def test_the_table_is_the_kernels():
    refusal = through_solver(gw.power())
    cases = [
        (found, times, forward, further_references(gw.power(), x, (3.0,), dtype, "cpu"), dtype)
        for x, dtype, found in inspections()
        for times, forward in [({}, None), ({"closed form": 1e-6}, (0.25, 0.5))]
    ]
    calls = [
        (plain(found), True, times, forward, refusal, ["p"], list(references), dtype)
        for found, times, forward, references, dtype in cases
    ]
    for (found, times, forward, references, dtype), page in zip(
        cases, called("rows", calls), strict=True
    ):
        kernel = rows_of(found, True, times, forward, refusal, ["p"], references, dtype)
        for one, other in zip([plain(row) for row in kernel], page, strict=True):
            assert one.keys() == other.keys()
            for name, value in one.items():
                if isinstance(value, float):
                    value = pytest.approx(value, rel=1e-15, nan_ok=True)
                assert other[name] == value


def test_the_density_is_the_kernels():
    for p, page in zip(PS, called("density", [(p,) for p in PS]), strict=True):
        kernel = exact_density(gw.power().logdensity_fn, (p,))
        assert page["mean"] == pytest.approx(kernel.mean, abs=1e-9)
        assert page["sd"] == pytest.approx(kernel.sd, rel=1e-9)
        shown = np.interp(page["x"], kernel.x, kernel.density)
        np.testing.assert_allclose(page["density"], shown, atol=2e-3)


def test_two_widgets_of_a_problem_share_what_was_translated(monkeypatch):
    from gradwidget.widget import _page

    problem = gw.conjugate(lambda y, a=1.0: jax.numpy.cosh(a * y) / a, a=gw.slider(0.5, 3.0))
    code = _page.page_code(problem, ("safeguarded", "float64"))
    monkeypatch.setattr(_page, "gradient_module", None)
    assert _page.page_code(problem, ("safeguarded", "float64")) is code
