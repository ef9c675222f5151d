"""Warm-up is BlackJAX's window adaptation, and leaves the draws alone."""

import blackjax
import jax
import numpy as np
import pytest

from gradwidget.sampling import Chain, Settings
from tests.sampling.targets import normal, power

SD = np.array([1.0, 5.0])


@pytest.mark.parametrize("algorithm", ["hmc", "nuts"])
def test_it_finds_what_blackjax_finds(algorithm):
    chain = Chain(normal, (0.0, SD), algorithm=algorithm, initial_position=[0.5, 0.5], seed=7)
    warmup = chain.warmup(400)
    with jax.enable_x64(True):
        extra = {"num_integration_steps": 5} if algorithm == "hmc" else {}
        adaptation = blackjax.window_adaptation(
            getattr(blackjax, algorithm), lambda y: normal(y, 0.0, SD), **extra
        )
        key = jax.random.fold_in(jax.random.key(7), 2**31 - 1)
        (_, expected), _ = adaptation.run(key, np.array([0.5, 0.5]), 400)
    step_size, mass = warmup.settings.step_size, warmup.settings.inverse_mass_matrix
    assert step_size == float(expected["step_size"])
    np.testing.assert_array_equal(mass, expected["inverse_mass_matrix"])
    np.testing.assert_allclose(mass, SD**2, rtol=0.6)
    assert warmup.samples.shape == (400, 2)
    assert warmup.step_size.shape == warmup.acceptance_rate.shape == (400,)
    assert warmup.is_divergent.dtype == np.bool_
    assert warmup.inverse_mass_matrix.shape == (400, 2)


def test_its_draws_are_discarded_and_its_result_serves_all_chains():
    chain = Chain(power, (3.0,), num_chains=3)
    chain.advance(10)
    before = chain.samples
    warmup = chain.warmup(100)
    np.testing.assert_array_equal(chain.samples, before)
    chain.advance(10)
    assert chain.marks[-1][0] == 10
    assert chain.marks[-1][1].same_as(warmup.settings)
    by_hand = Chain(power, (3.0,), num_chains=3)
    by_hand.advance(10)
    by_hand.advance(10, warmup.settings)
    np.testing.assert_array_equal(chain.samples, by_hand.samples)


def test_a_matrix_stays_a_matrix():
    chain = Chain(
        normal,
        (0.0, SD),
        algorithm="nuts",
        initial_position=[0.5, 0.5],
        settings=Settings(0.3, 5, np.eye(2)),
    )
    warmup = chain.warmup(200)
    assert warmup.settings.inverse_mass_matrix.shape == (2, 2)
    chain.advance(5)


def test_mala_has_nothing_to_adapt():
    chain = Chain(power, (3.0,), algorithm="mala")
    with pytest.raises(ValueError, match="warm-up is for HMC and NUTS"):
        chain.warmup(100)
    with pytest.raises(ValueError, match="whole number from 1"):
        Chain(power, (3.0,)).warmup(0)
