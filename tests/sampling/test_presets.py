"""What the presets are meant to show is what happens: p = 3, 4,000 draws in four chains."""

import numpy as np
import pytest

from gradwidget.sampling import Chain, Diagnostics, Settings
from tests.sampling.targets import power


def run(step_size: float, num_integration_steps: int, seeds=(0, 1, 2)) -> list[Diagnostics]:
    chain = Chain(power, (3.0,), num_chains=4)
    found = []
    for seed in seeds:
        chain.restart(seed=seed, settings=Settings(step_size, num_integration_steps, 1.0))
        chain.advance(1_000)
        found.append(chain.diagnostics())
    return found


def test_the_tutorials_settings_accept_everything_and_explore_hardly():
    for found in run(1e-2, 20):
        assert found.acceptance_rate == pytest.approx(1, abs=5e-4)
        assert 25 < found.ess < 160
        assert found.rhat > 1.01


def test_good_settings_give_more_than_one_independent_draw_for_each():
    for found in run(0.3, 5):
        assert found.acceptance_rate == pytest.approx(0.99, abs=0.005)
        assert 6_000 < found.ess < 14_000
        assert found.rhat < 1.01
        assert found.sd == pytest.approx(found.exact_sd, rel=0.05)


def test_half_an_orbit_alternates():
    for found in run(0.1, 20):
        assert found.ess > 2 * 4_000
        assert found.acceptance_rate > 0.998
    chain = Chain(power, (3.0,), settings=Settings(0.1, 20, 1.0))
    chain.advance(4_000)
    draws = chain.samples[0]
    assert np.corrcoef(draws[1:], draws[:-1])[0, 1] < -0.8


def test_a_closed_orbit_stands_still():
    for found in run(0.1, 48):
        assert found.acceptance_rate > 0.998
        assert 60 < found.ess < 400


def test_too_large_a_step_diverges_and_a_larger_one_freezes():
    for found in run(1.5, 20):
        assert found.num_divergent / 4_000 == pytest.approx(0.75, abs=0.05)
        assert found.acceptance_rate < 0.3
    for found in run(2.0, 20):
        assert found.acceptance_rate == 0
        assert found.num_divergent == 4_000
        assert found.ess == 0
        assert found.sd == 0
