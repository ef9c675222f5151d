"""What the presets are meant to show is what happens: 4,000 draws, with eight seeds each.

The bounds on means over the seeds are about three standard errors, found from 40 seeds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gradwidget.sampling import Chain, Diagnostics, Settings
from gradwidget.widget._presets import PRESETS
from tests.sampling.targets import power

DRAWS = 4_000
SEEDS = range(8)
TAUGHT = ("tutorial", "good", "half orbit", "resonance", "divergent", "frozen")


@cache
def run(name: str) -> tuple[list[Diagnostics], np.ndarray]:
    """The diagnostics with each seed, and how the draws correlate with their neighbours."""
    values = PRESETS[name].values
    chain = Chain(
        power,
        (values["p"],),
        settings=Settings(
            values["step_size"], values["num_integration_steps"], values["inverse_mass_matrix"]
        ),
        initial_position=values["initial_position"],
    )
    found, correlations = [], []
    for seed in SEEDS:
        chain.restart(seed=seed)
        chain.advance(DRAWS)
        draws = chain.samples[0]
        found.append(chain.diagnostics())
        correlations.append(np.corrcoef(draws[1:], draws[:-1])[0, 1] if np.ptp(draws) else np.nan)
    return found, np.array(correlations)


def mean(name: str, field: str) -> float:
    return float(np.mean([getattr(found, field) for found in run(name)[0]]))


def spread(name: str) -> float:
    """By how much the standard deviation is usually off, relative."""
    found, _ = run(name)
    return float(np.sqrt(np.mean([(one.sd / one.exact_sd - 1) ** 2 for one in found])))


@pytest.mark.parametrize("name", TAUGHT)
def test_each_has_its_settings_and_one_sentence_on_what_to_look_at(name):
    expected = {
        "tutorial": (1e-2, 20),
        "good": (0.3, 5),
        "half orbit": (0.1, 20),
        "resonance": (0.1, 48),
        "divergent": (1.5, 20),
        "frozen": (2.0, 20),
    }
    values, sentence = PRESETS[name].values, PRESETS[name].sentence
    assert (values["step_size"], values["num_integration_steps"]) == expected[name]
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0


def test_the_tutorials_settings_accept_everything_and_explore_hardly():
    for found in run("tutorial")[0]:
        assert f"{found.acceptance_rate:.3f}" == "1.000"
        assert found.ess < 160
    assert mean("tutorial", "ess") == pytest.approx(75, abs=20)


def test_good_settings_accept_nearly_everything_and_explore():
    for found in run("good")[0]:
        assert found.acceptance_rate == pytest.approx(0.99, abs=0.003)
        assert found.ess > DRAWS
        assert found.rhat < 1.01
    assert spread("good") < 0.025


def test_half_an_orbit_alternates_with_more_effective_draws_than_draws_and_a_spread_that_is_off():
    found, correlations = run("half orbit")
    assert np.all(correlations < -0.8)
    for one in found:
        assert one.ess > 2 * DRAWS
        assert one.mean == pytest.approx(0, abs=0.01 * one.exact_sd)
    assert 0.02 < spread("half orbit") < 0.08
    assert spread("half orbit") > 1.5 * spread("good")


def test_a_closed_orbit_stands_still_though_all_is_accepted():
    found, correlations = run("resonance")
    assert np.all(correlations > 0.85)
    for one in found:
        assert f"{one.acceptance_rate:.2f}" == "1.00"
    assert mean("resonance", "ess") == pytest.approx(170, abs=35)


def test_too_large_a_step_diverges_three_times_in_four():
    assert mean("divergent", "num_divergent") / DRAWS == pytest.approx(0.75, abs=0.03)
    assert mean("divergent", "acceptance_rate") == pytest.approx(0.23, abs=0.03)


def test_a_larger_one_freezes():
    for found in run("frozen")[0]:
        assert found.acceptance_rate == 0
        assert found.num_divergent == DRAWS
        assert found.ess == 0
        assert found.sd == 0
