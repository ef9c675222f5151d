"""A transition computed again is the transition that was drawn, and its inside is BlackJAX's."""

import blackjax
import jax
import numpy as np
import pytest

from gradwidget.sampling import Chain, LastStep, Settings
from tests.sampling.targets import power, with_a_hole

VECTOR = np.array([1.0, -0.5, 0.3])
DENSE = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]])

SETTINGS = [
    (1.0, Settings(0.3, 5, 1.0)),
    (1.0, Settings(1.2, 20, 0.7)),
    (1.0, Settings(0.01, 1_000, 1.0)),
    (VECTOR, Settings(0.4, 7, np.array([1.0, 2.0, 0.5]))),
    (VECTOR, Settings(0.4, 7, DENSE)),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("num_chains", [1, 3])
@pytest.mark.parametrize(("position", "settings"), SETTINGS)
def test_the_path_ends_at_blackjaxs_proposal_bit_for_bit(dtype, num_chains, position, settings):
    chain = Chain(
        power,
        (3.0,),
        settings=settings,
        initial_position=position,
        num_chains=num_chains,
        dtype=dtype,
    )
    chain.advance(20)
    for index in range(20):
        which = index % num_chains
        transition = chain.transition(draw=index, chain=which)
        path, info = transition.last_step, transition.info
        n = settings.num_integration_steps
        assert path.path_position.shape == (n + 1, *np.shape(position))
        assert path.path_momentum.shape == (n + 1, *np.shape(position))
        assert path.path_energy.shape == (n + 1,)
        np.testing.assert_array_equal(path.path_position[0], transition.state.position)
        np.testing.assert_array_equal(path.path_momentum[0], path.momentum)
        np.testing.assert_array_equal(path.path_position[-1], info.proposal.position)
        np.testing.assert_array_equal(-path.path_momentum[-1], info.proposal.momentum)
        np.testing.assert_array_equal(
            transition.new_state.position, chain.samples[which, index], strict=False
        )
        assert info.acceptance_rate == chain.acceptance_rate[which, index]
        assert info.is_accepted == chain.is_accepted[which, index]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_decision_is_the_uniform_number_against_the_acceptance_rate(dtype):
    chain = Chain(power, (3.0,), settings=Settings(1.0, 3, 1.0), dtype=dtype, seed=5)
    chain.advance(300)
    accepted, uniforms = [], []
    for index in range(300):
        step = chain.transition(draw=index).last_step
        accepted.append(step.is_accepted)
        uniforms.append(step.uniform)
        assert step.is_accepted == (step.uniform < step.acceptance_rate)
        assert step.acceptance_rate == pytest.approx(
            min(1.0, np.exp(step.delta_energy)), rel=1e-12 if dtype == "float64" else 1e-5
        )
    np.testing.assert_array_equal(accepted, chain.is_accepted[0])
    assert 30 < sum(accepted) < 290
    assert 0.4 < np.mean(uniforms) < 0.6


def test_the_energy_is_potential_plus_kinetic():
    chain = Chain(power, (3.0,), settings=Settings(0.5, 8, 0.7))
    chain.advance(1)
    step = chain.transition().last_step
    with jax.enable_x64(True):
        potential = np.array([-power(y, 3.0) for y in step.path_position])
    energy = potential + 0.5 * 0.7 * step.path_momentum**2
    np.testing.assert_allclose(step.path_energy, energy, rtol=1e-13)
    assert step.delta_energy == pytest.approx(energy[0] - energy[-1], rel=1e-10)


def test_the_stored_energy_is_that_of_the_point_where_the_transition_ended():
    chain = Chain(power, (3.0,), settings=Settings(1.2, 4, 1.0))
    chain.advance(60)
    assert 5 < chain.is_accepted.sum() < 55
    for index in range(60):
        step = chain.transition(draw=index).last_step
        ended = step.path_energy[-1 if step.is_accepted else 0]
        assert chain.energy[0, index] == pytest.approx(ended, rel=1e-13)


def test_states_and_info_are_blackjaxs_own_in_numpy():
    chain = Chain(power, (3.0,))
    assert chain.transition() is None
    chain.advance(3)
    transition = chain.transition()
    assert isinstance(transition.state, blackjax.mcmc.hmc.HMCState)
    assert isinstance(transition.new_state, blackjax.mcmc.hmc.HMCState)
    assert isinstance(transition.info, blackjax.mcmc.hmc.HMCInfo)
    assert isinstance(transition.last_step, LastStep)
    leaves = jax.tree.leaves((transition.state, transition.new_state, transition.info))
    assert all(isinstance(leaf, np.generic | np.ndarray) for leaf in leaves)
    assert (transition.draw, transition.chain) == (2, 0)


def test_what_if_keeps_the_start_and_the_key():
    chain = Chain(power, (3.0,), num_chains=2)
    chain.advance(10)
    told = chain.transition(chain=1)
    what_if = chain.transition(Settings(0.1, 40, 1.0), params=(1.5,), chain=1)
    assert what_if.state.position == told.state.position
    assert what_if.info.momentum == told.info.momentum
    assert what_if.last_step.uniform == told.last_step.uniform
    assert what_if.state.logdensity != told.state.logdensity
    assert len(what_if.last_step.path_position) == 41
    assert what_if.settings.num_integration_steps == 40

    # The same as a chain that was really made with these.
    real = Chain(power, (1.5,), settings=Settings(0.1, 40, 1.0), num_chains=2)
    real.advance(1)
    first = chain.transition(Settings(0.1, 40, 1.0), params=(1.5,), chain=1, draw=0)
    np.testing.assert_array_equal(
        first.last_step.path_position, real.transition(chain=1).last_step.path_position
    )
    # The chain itself has not moved.
    again = chain.transition(chain=1)
    np.testing.assert_array_equal(again.last_step.path_position, told.last_step.path_position)


def test_a_transition_is_told_with_the_settings_it_was_made_with():
    chain = Chain(power, (3.0,), settings=Settings(0.3, 5, 1.0))
    chain.advance(4)
    chain.advance(4, Settings(0.2, 9, 1.0))
    assert len(chain.transition(draw=3).last_step.path_position) == 6
    assert len(chain.transition(draw=4).last_step.path_position) == 10
    assert chain.transition(draw=3).new_state.position == chain.samples[0, 3]
    with pytest.raises(ValueError, match="draw must be a whole number from 0 to 7"):
        chain.transition(draw=8)
    with pytest.raises(ValueError, match="chain must be a whole number from 0 to 0"):
        chain.transition(chain=1)
    with pytest.raises(ValueError, match="step_size"):
        chain.transition(Settings(-1.0))


def test_a_divergent_transition_can_be_looked_into():
    chain = Chain(with_a_hole, (), initial_position=0.9, settings=Settings(0.3, 5, 1.0))
    chain.advance(100)
    index = int(np.flatnonzero(chain.is_divergent[0])[0])
    step = chain.transition(draw=index).last_step
    assert step.is_divergent
    assert not step.is_accepted
    assert step.delta_energy == -np.inf
    assert step.acceptance_rate == 0
    assert np.isnan(step.path_energy).any()
