"""Inspections: the fields, the verdicts, what they cost, and what they refuse."""

from __future__ import annotations

import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget.argmin import Status
from gradwidget.inspection import Inspection, Verdict, inspect, inspect_curve, inspect_map
from gradwidget.problems import conjugate, power
from tests.inspection import traps

POWER = power()
DTYPES = ("float64", "float32")


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def test_the_fields_at_a_point():
    assert " ".join(Inspection._fields) == (
        "value gradient argmin hessian residual num_steps status reference_value "
        "reference_gradient fd_gradient fd_error rel_error param_gradients verdict"
    )
    found = inspect(POWER, 0.31415, 3)
    assert all(type(v) is float for v in (found.value, found.gradient, found.argmin, found.hessian))
    assert type(found.status) is Status
    assert type(found.verdict) is Verdict
    root = 0.31415**0.5
    np.testing.assert_allclose((found.gradient, found.argmin), root, rtol=1e-14)
    np.testing.assert_allclose((found.value, found.reference_value), root**3 / 1.5, rtol=1e-14)
    np.testing.assert_allclose(found.hessian, 0.5 / root, rtol=1e-14)
    np.testing.assert_allclose(found.reference_gradient, root, rtol=1e-14)
    assert abs(found.fd_gradient - root) <= found.fd_error < 1e-9
    np.testing.assert_allclose(found.param_gradients["p"], 0.0535440, rtol=1e-6)
    assert found.residual < 1e-15
    assert found.rel_error < 1e-15
    assert found.status == Status.CONVERGED
    assert found.verdict == Verdict.agree
    assert 1 <= found.num_steps <= 32


def test_verdict_names_codes_and_sentences():
    names = ["agree", "disagree", "not_converged", "unbounded", "kink", "undefined", "unchecked"]
    assert [verdict.name for verdict in Verdict] == names
    assert [int(verdict) for verdict in Verdict] == list(range(7))
    assert all(str(verdict).endswith(".") for verdict in Verdict)


def test_what_the_tutorials_solver_gets_wrong(dtype):
    for x, rel_error in ((0.18, 0.0468), (9e-6, 1.0), (1.1e-5, 0.5755)):
        found = inspect(POWER, x, 3, solver="bfgs", dtype=dtype)
        assert found.verdict == Verdict.disagree
        np.testing.assert_allclose(found.rel_error, rel_error, rtol=2e-3)
    # The solver's status at the last two is success; at the first, 3, as at right answers too.
    assert inspect(POWER, 0.18, 3, solver="bfgs", dtype=dtype).status == Status.ZOOM_FAILED
    assert inspect(POWER, 9e-6, 3, solver="bfgs", dtype=dtype).status == Status.CONVERGED
    assert inspect(POWER, 0.31415, 3, solver="bfgs", dtype=dtype).verdict == Verdict.agree


@pytest.mark.parametrize("p", [1.5, 2, 3, 10])
def test_zero_is_judged_right(p, dtype):
    for solver in ("safeguarded", "bfgs"):
        found = inspect(POWER, 0, p, solver=solver, dtype=dtype)
        assert found.verdict == Verdict.agree, (solver, found)
        assert found.gradient == found.rel_error == 0
    hessian = inspect(POWER, 0, p, dtype=dtype).hessian
    assert hessian == {1.5: 0, 2: 1, 3: np.inf, 10: np.inf}[p]


def test_no_false_alarm_and_none_missed(dtype):
    """1,000 x and 6 p with the tutorial's solver: the wrong ones are flagged, hardly any other.

    Wrong by more than 1e-3, against the closed form with 50 digits of the rounded x and p; at most
    1 % of the right ones may be flagged.
    """
    mp = pytest.importorskip("mpmath")
    xs = np.linspace(0.01, 3, 1000)
    num_wrong = num_right = num_false = 0
    with mp.workdps(50):
        for p in (2.2, 2.5, 2.7, 3, 4, 10):
            found = inspect_curve(POWER, xs, p, solver="bfgs", dtype=dtype, differences=False)
            rounded = [float(x) for x in xs.astype(dtype)]
            exponent = 1 / (mp.mpf(float(np.dtype(dtype).type(p))) - 1)
            truth = np.array([float(mp.mpf(x) ** exponent) for x in rounded])
            is_wrong = np.abs(found.gradient.astype(float) / truth - 1) > 1e-3
            is_flagged = found.verdict != Verdict.agree
            assert not np.any(is_wrong & ~is_flagged), (p, xs[is_wrong & ~is_flagged])
            num_wrong += np.sum(is_wrong)
            num_right += np.sum(~is_wrong)
            num_false += np.sum(~is_wrong & is_flagged)
    assert num_wrong > 100
    assert num_false <= 0.01 * num_right


def test_the_right_solver_raises_no_alarm_on_the_map(dtype):
    xs = np.concatenate([[0.0], *(s * np.geomspace(1e-6, 100, 60) for s in (1, -1))])
    ps = [1.01, 1.05, 1.1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 10, 20, 50]
    found = inspect_map(POWER, xs, ps, dtype=dtype)
    assert found.verdict.shape == found.gradient.shape == (13, 121)
    is_representable = ~np.isin(found.status, [Status.OVERFLOW])
    assert np.all(found.verdict[is_representable] == Verdict.agree)
    assert np.all(found.verdict[~is_representable] == Verdict.undefined)
    assert np.sum(~is_representable) < 100


def test_a_map_is_its_curves():
    xs = np.array([-0.7, 0.18, 0.9])
    over = inspect_map(POWER, xs, [2.5, 3.0], solver="bfgs", differences=True)
    for row, p in enumerate((2.5, 3.0)):
        curve = inspect_curve(POWER, xs, p, solver="bfgs")
        np.testing.assert_array_equal(over.verdict[row], curve.verdict)
        np.testing.assert_allclose(over.gradient[row], curve.gradient, rtol=1e-12)
        np.testing.assert_allclose(over.param_gradients["p"][row], curve.param_gradients["p"])


def test_without_a_closed_form_differences_are_the_reference():
    found = inspect(traps.COSH, 0.5, 2.0)
    assert found.verdict == Verdict.agree
    np.testing.assert_allclose(found.reference_gradient, np.arcsinh(0.5) / 2, rtol=1e-9)
    # And they see through the tutorial's solver, since theirs is the better one.
    plain = conjugate(lambda y: jnp.abs(y) ** 3 / 3)
    found = inspect(plain, 0.18, solver="bfgs")
    assert found.verdict == Verdict.disagree
    np.testing.assert_allclose(found.reference_gradient, 0.18**0.5, rtol=1e-9)


def test_traps_are_named():
    def verdict(problem, x):
        return inspect(problem, x).verdict.name

    assert verdict(traps.BOUNDED_SLOPES, 1.1) == "unbounded"
    assert verdict(traps.BOUNDED_SLOPES, 0.5) == "agree"
    assert verdict(traps.KINK_OF_H, 0.5) == "kink"
    assert verdict(traps.KINK_OF_H, 1.5) == "agree"
    # f itself has a kink where the minimum is not unique.
    assert verdict(traps.KINK_OF_F, 0.0) == "kink"
    assert verdict(traps.KINK_OF_F, 0.5) == "agree"
    assert verdict(traps.TWO_WELLS, 0.5) == "unchecked"
    assert verdict(traps.ENTROPY, 0.3) == "agree"
    assert verdict(traps.BARRIER, 3.0) == "agree"
    assert verdict(traps.NOWHERE, 0.3) == "undefined"
    for dtype, x, p in (("float64", 2.5, 1.001), ("float32", 5.0, 1.01)):
        found = inspect(POWER, x, p, dtype=dtype)
        assert (found.verdict.name, found.status.name) == ("undefined", "OVERFLOW")


def test_cancellation_shows_in_the_residual_alone():
    """In float32 the tolerance hides an argmin that is 3 % off; the residual does not."""
    h = traps.CANCELLATION
    found = inspect(h, 1e-6, dtype="float32")
    assert abs(found.gradient - found.reference_gradient) < 1e-4
    assert found.verdict == Verdict.not_converged
    assert inspect(h, 1e-6).verdict == Verdict.agree


def test_a_wrong_closed_form_is_a_disagreement():
    h = conjugate(lambda y: y**2 / 2, closed_form=lambda x: x**2)
    assert inspect(h, 0.5).verdict == Verdict.disagree
    # Unless the difference is within what is allowed.
    assert inspect(h, 0.5, rtol=0.6).verdict == Verdict.agree
    assert inspect(h, 0.5, atol=0.51).verdict == Verdict.agree


def test_a_vector():
    x = [0.1, 0.18, -0.3]
    found = inspect(POWER, x, 3)
    truth = np.sign(x) * np.abs(x) ** 0.5
    np.testing.assert_allclose(found.gradient, truth, rtol=1e-12)
    np.testing.assert_allclose(found.fd_gradient, truth, rtol=1e-8)
    np.testing.assert_allclose(found.hessian, np.diag(0.5 / np.abs(truth)), rtol=1e-12)
    assert found.verdict == Verdict.agree
    # One wrong component makes the whole wrong.
    found = inspect(POWER, x, 3, solver="bfgs")
    assert found.verdict == Verdict.disagree
    np.testing.assert_allclose(found.rel_error, 0.0468, rtol=1e-2)
    curve = inspect_curve(POWER, [x, x], 3)
    assert curve.gradient.shape == (2, 3)
    assert curve.hessian.shape == (2, 3, 3)
    assert curve.verdict.shape == (2,)


def test_a_curve_is_its_points(dtype):
    xs = np.array([-0.5, 0.0, 0.18])
    for solver in ("safeguarded", "bfgs"):
        curve = inspect_curve(POWER, xs, 3, solver=solver, dtype=dtype)
        points = [inspect(POWER, x, 3, solver=solver, dtype=dtype) for x in xs]
        for name in Inspection._fields:
            if name != "param_gradients":
                column = [getattr(point, name) for point in points]
                np.testing.assert_allclose(getattr(curve, name), column, rtol=1e-5, err_msg=name)
        assert curve.verdict.dtype.kind == "i"
    light = inspect_curve(POWER, xs, 3, dtype=dtype, differences=False)
    assert np.all(np.isnan(light.fd_gradient))
    np.testing.assert_array_equal(light.verdict, Verdict.agree)


def test_a_change_compiles_nothing(compilations):
    xs = np.linspace(-1, 1, 41)
    for solver in ("safeguarded", "bfgs"):
        for dtype in DTYPES:
            inspect(POWER, 0.3, 3, solver=solver, dtype=dtype)
            inspect_curve(POWER, xs, 3, solver=solver, dtype=dtype, differences=False)
    compilations.reset()
    for i in range(50):
        p, x = 1.1 + 0.1 * i, -1 + 0.04 * i
        for solver in ("safeguarded", "bfgs"):
            for dtype in DTYPES:
                inspect(POWER, x, p, solver=solver, dtype=dtype)
                inspect_curve(POWER, xs + x, p, solver=solver, dtype=dtype, differences=False)
    assert compilations.count == 0


def test_any_thread_and_any_global_precision():
    """The global setting is neither needed nor changed."""
    results = []

    def run():
        results.append((inspect(POWER, 0.18, 3), inspect(POWER, 0.18, 3, dtype="float32")))

    before = jax.config.jax_enable_x64
    try:
        for setting in (False, True):
            jax.config.update("jax_enable_x64", setting)
            run()
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            assert jax.config.jax_enable_x64 == setting
    finally:
        jax.config.update("jax_enable_x64", before)
    assert len(results) == 4
    for double, single in results:
        assert double == results[0][0]
        assert single == results[0][1]
        assert abs(double.gradient - 0.18**0.5) < 1e-15 < abs(single.gradient - 0.18**0.5) < 1e-7


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((0.3, 1.0), {}, "p must be a finite number greater than 1, not 1.0"),
        ((0.3, np.nan), {}, "p must be a finite number greater than 1, not nan"),
        ((0.3, np.inf), {}, "p must be a finite number greater than 1"),
        ((0.3, "three"), {}, "p must be a finite number greater than 1, not 'three'"),
        ((0.3, None), {}, "p must be"),
        ((0.3, 3, 4), {}, "parameters"),
        ((np.nan, 3), {}, "x must be a finite number"),
        ((np.inf, 3), {}, "x must be a finite number"),
        (("text", 3), {}, "x must be a finite number"),
        ((None, 3), {}, "x must be a finite number"),
        (((0.1, 0.2), 3), {}, "x must be a finite number, or an array or a list"),
        (([[0.1, 0.2]], 3), {}, "shape"),
        (([], 3), {}, "shape"),
        (([0.1, [0.2]], 3), {}, "x must be"),
        ((0.3, 3), {"solver": "bgfs"}, "solver must be one of .* Did you mean 'bfgs'"),
        ((0.3, 3), {"dtype": "float16"}, "dtype must be one of 'float64', 'float32'"),
        ((0.3, 3), {"device": "abacus"}, "JAX finds no device for the platform 'abacus'"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_is_allowed(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        inspect(POWER, *arguments, **options)


def test_bad_curves_and_maps():
    with pytest.raises(ValueError, match="shape"):
        inspect_curve(POWER, 0.3, 3)
    with pytest.raises(ValueError, match="shape"):
        inspect_map(POWER, [0.3], 3)
    with pytest.raises(ValueError, match="greater than 1"):
        inspect_map(POWER, [0.3], [2, 1])
    with pytest.raises(ValueError, match="parameter must be one of 'p'"):
        inspect_map(POWER, [0.3], [2], parameter="q")
    with pytest.raises(ValueError, match="needs a parameter"):
        inspect_map(conjugate(jnp.cosh), [0.3], [2])
