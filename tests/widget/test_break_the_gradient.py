"""HMC hides a wrong gradient: the draws stay right, only acceptance and energy tell.

The reference table (step size 0.5, 10 steps, p = 3, 20,000 draws, true sd 0.7527): scale 1:
acceptance .980, sd .750; 1.2: .987; 0.5: .976, sd .751; 0: .833; -1: .459, sd .743.
"""

from __future__ import annotations

import numpy as np
import pytest

import gradwidget as gw

DRAWS = 20_000


@pytest.mark.parametrize(
    ("scale", "acceptance"), [(1.0, 0.980), (1.2, 0.987), (0.5, 0.976), (0.0, 0.833), (-1.0, 0.459)]
)
def test_the_histogram_is_right_whatever_the_gradient(scale: float, acceptance: float) -> None:
    w = gw.GradWidget(gradient_scale=scale, step_size=0.5, num_integration_steps=10, seed=2)
    try:
        w.run(DRAWS)
        found = w.diagnostics
        # Monte Carlo errors: of the mean acceptance over as many effective draws as there are,
        # and of the standard deviation of a light-tailed density.
        rates = w._current_chain().acceptance_rate
        assert found.acceptance_rate == pytest.approx(
            acceptance, abs=5e-4 + 5 * rates.std() / np.sqrt(min(found.ess, DRAWS))
        )
        assert found.exact_sd == pytest.approx(0.7527, abs=5e-5)
        assert found.sd == pytest.approx(found.exact_sd, rel=5 / np.sqrt(2 * found.ess))
        assert found.mean == pytest.approx(0.0, abs=5 * found.sd / np.sqrt(found.ess))
    finally:
        w.close()


def test_the_same_seed_draws_the_same_momentum() -> None:
    right = gw.GradWidget(step_size=0.5, num_integration_steps=10)
    wrong = gw.GradWidget(step_size=0.5, num_integration_steps=10, gradient_scale=-1.0)
    try:
        right.step()
        wrong.step()
        a, b = right.last_step, wrong.last_step
        assert a is not None
        assert b is not None
        assert (a.momentum, a.uniform) == (b.momentum, b.uniform)
        assert abs(b.path_energy[-1] - b.path_energy[0]) > abs(a.path_energy[-1] - a.path_energy[0])
    finally:
        right.close()
        wrong.close()
