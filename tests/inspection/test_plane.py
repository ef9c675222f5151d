"""The field of errors over two coordinates of a vector, against the inspection at its points."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gradwidget import Verdict, from_function, inspect
from gradwidget.inspection import inspect_plane

X = [0.3, -0.5, 0.7]
ACROSS, UP = np.array([-0.4, 0.18, 0.25]), np.array([0.18, 0.5])


def right(x):
    return jnp.sum(x**2) / 2 + jnp.cos(x[0]) * x[2]


half_wrong = jax.custom_jvp(right)


@half_wrong.defjvp
def _rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    slopes = x.at[0].add(-jnp.sin(x[0]) * x[2]).at[2].add(jnp.cos(x[0]))
    factor = jnp.where(x[0] > 0, 1.1, 1.0)
    return half_wrong(x), (slopes * jnp.stack([1.0, 1.0, factor])) @ x_dot


def test_each_point_is_judged_as_by_itself():
    problem = from_function(half_wrong, reference=right, dim=3)
    # Every component is judged, also the wrong one, which is not in this plane.
    field = inspect_plane(problem, X, (1, 0), ACROSS, UP - 0.4, together=4)
    for j, second in enumerate(UP - 0.4):
        for i, first in enumerate(ACROSS):
            alone = inspect(problem, [second, first, X[2]])
            assert field.verdict[j, i] == alone.verdict
            np.testing.assert_allclose(field.value[j, i], alone.value, rtol=1e-12)
            error = np.linalg.norm(alone.gradient - alone.reference_gradient)
            size = np.linalg.norm(alone.reference_gradient)
            np.testing.assert_allclose(field.rel_error[j, i], error / size, rtol=1e-9)
    assert np.all(field.verdict == [[Verdict.agree], [Verdict.disagree]])


def test_without_a_closed_form_it_is_differences_in_the_plane():
    problem = from_function(half_wrong, dim=3)
    field = inspect_plane(problem, X, (0, 2), ACROSS, UP, together=6)
    is_wrong = np.broadcast_to(ACROSS > 0, field.verdict.shape)
    np.testing.assert_array_equal(field.verdict == Verdict.disagree, is_wrong)
    np.testing.assert_array_equal(field.verdict == Verdict.agree, ~is_wrong)
    first, last = np.meshgrid(ACROSS, UP)
    slopes = np.stack([first - np.sin(first) * last, last + np.cos(first)])
    exact = 0.1 * np.abs(slopes[1]) / np.linalg.norm(slopes, axis=0)
    np.testing.assert_allclose(field.rel_error[is_wrong], exact[is_wrong], rtol=1e-6)
    # The wrong component is not in this plane.
    other = inspect_plane(problem, X, (0, 1), ACROSS, UP, together=6)
    assert np.all(other.verdict == Verdict.agree)


def test_it_can_be_ended():
    asked = []

    def keep_going():
        asked.append(True)
        return len(asked) < 2

    args = (from_function(right, dim=3), X, (0, 1), ACROSS, UP)
    assert inspect_plane(*args, together=3, keep_going=keep_going) is None
    assert len(asked) == 2
