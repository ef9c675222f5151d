"""A transition computed again is the transition that was drawn, and its inside is BlackJAX's."""

import blackjax
import jax
import numpy as np
import pytest

from gradwidget.sampling import Chain, LastStep, Settings, leapfrog_substeps
from tests.sampling.targets import normal, power, with_a_hole

VECTOR = np.array([1.0, -0.5, 0.3])
DENSE = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]])

SETTINGS = [
    (1.0, Settings(0.3, 5, 1.0)),
    (1.0, Settings(1.2, 20, 0.7)),
    (1.0, Settings(0.01, 1_000, 1.0)),
    (VECTOR, Settings(0.4, 7, np.array([1.0, 2.0, 0.5]))),
    (VECTOR, Settings(0.4, 7, DENSE)),
]


@pytest.mark.parametrize(("dtype", "num_chains"), [("float64", 1), ("float32", 1), ("float64", 3)])
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


def test_what_if_with_parameters_that_are_arrays():
    sd = np.array([1.0, 2.0])
    chain = Chain(normal, (0.0, sd), initial_position=[0.5, 0.5])
    chain.advance(2)
    told = chain.transition()
    same = chain.transition(params=(0.0, sd.copy()))
    np.testing.assert_array_equal(same.path.position, told.path.position)
    other = chain.transition(params=(0.0, 2 * sd))
    np.testing.assert_array_equal(other.path.position[0], told.path.position[0])
    assert np.all(other.path.position[1:] != told.path.position[1:])


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


@pytest.mark.parametrize(
    ("dtype", "num_chains", "position", "mass", "step_size"),
    [
        ("float64", 1, 1.0, 0.7, 0.02),
        ("float64", 3, VECTOR, [1.0, 2.0, 0.5], 0.3),
        ("float32", 1, 1.0, 1.0, 0.3),
        ("float32", 3, 1.0, 1.0, 3.0),
    ],
)
def test_the_tree_of_nuts_is_blackjaxs(dtype, num_chains, position, mass, step_size):
    chain = Chain(
        power,
        (3.0,),
        algorithm="nuts",
        settings=Settings(step_size, 1, mass),
        initial_position=position,
        num_chains=num_chains,
        dtype=dtype,
    )
    chain.advance(30)
    discarded = 0
    for draw in range(30):
        which = draw % num_chains
        told = chain.transition(draw=draw, chain=which)
        tree, info, path = told.tree, told.info, told.path
        n = info.num_integration_steps

        # End points, start and selected draw are BlackJAX's own.
        np.testing.assert_array_equal(told.new_state.position, chain.samples[which, draw])
        np.testing.assert_array_equal(path.position[tree.selected], told.new_state.position)
        np.testing.assert_array_equal(path.position[tree.start], told.state.position)
        np.testing.assert_array_equal(path.momentum[tree.start], info.momentum)
        for end, state in (
            (0, info.trajectory_leftmost_state),
            (-1, info.trajectory_rightmost_state),
        ):
            np.testing.assert_array_equal(path.position[end], state.position)
            np.testing.assert_array_equal(path.momentum[end], state.momentum)
        assert told.last_step.path_energy[tree.selected] == pytest.approx(
            float(info.energy), rel=1e-5 if dtype == "float32" else 1e-12
        )

        # Every doubling is whole but the last, and lies on its side.
        assert len(tree.directions) == info.num_trajectory_expansions
        assert sorted(tree.order) == list(range(n + 1))
        sizes = np.bincount(tree.doubling[tree.doubling >= 0])
        assert list(sizes[:-1]) == [2**i for i in range(len(sizes) - 1)]
        assert sizes[-1] <= 2 ** (len(sizes) - 1)
        for i, direction in enumerate(tree.directions):
            points = np.flatnonzero(tree.doubling == i)
            assert np.all((points > tree.start) == (direction > 0))
        if tree.is_last_discarded:
            discarded += 1
            assert tree.doubling[tree.selected] != len(sizes) - 1
        else:
            assert sizes[-1] == 2 ** (len(sizes) - 1)
        assert (tree.is_turning or info.is_divergent) == (len(sizes) < 10 or tree.is_last_discarded)
        assert told.last_step.is_accepted is None
        assert told.last_step.uniform is None
    assert discarded > 0


def test_nuts_visits_the_points_of_one_leapfrog_path():
    chain = Chain(power, (3.0,), algorithm="nuts", settings=Settings(0.1, 1, 1.0))
    chain.advance(10)
    path = chain.transition().path
    assert len(path.position) > 8
    with jax.enable_x64(True):
        from blackjax.mcmc import integrators, metrics

        energy = metrics.default_metric(np.ones(1)).kinetic_energy
        step = jax.jit(integrators.velocity_verlet(lambda y: power(y, 3.0), energy))
        point = type(path)(*(field[0] for field in path))
        for i in range(1, len(path.position)):
            point = step(point, 0.1)
            np.testing.assert_allclose(point.position, path.position[i], rtol=1e-10, atol=1e-12)


def test_malas_transition_has_a_proposal_and_a_uniform_number():
    chain = Chain(power, (3.0,), algorithm="mala", settings=Settings(0.8, 1, 1.0), num_chains=2)
    chain.advance(100)
    for draw in range(100):
        told = chain.transition(draw=draw, chain=1)
        step = told.last_step
        assert step.is_accepted == (step.uniform < step.acceptance_rate)
        assert step.path_position.shape == (2,)
        assert step.path_position[0] == told.state.position
        end = step.path_position[1 if step.is_accepted else 0]
        assert end == told.new_state.position == chain.samples[1, draw]
        absent = (
            step.momentum,
            step.path_momentum,
            step.path_energy,
            step.delta_energy,
            step.is_divergent,
        )
        assert absent == (None,) * 5
    assert 10 < chain.is_accepted.sum() < 190


@pytest.mark.parametrize(("position", "settings"), [SETTINGS[0], SETTINGS[1], SETTINGS[4]])
def test_substeps_are_half_kicks_and_drifts(position, settings):
    chain = Chain(power, (3.0,), initial_position=position, settings=settings)
    chain.advance(3)
    transition = chain.transition()
    path, steps = transition.path, leapfrog_substeps(transition)
    n = settings.num_integration_steps
    assert steps.name == ("start", *("half kick", "drift", "half kick") * n)
    assert steps.position.shape == steps.momentum.shape == (3 * n + 1, *np.shape(position))
    np.testing.assert_array_equal(steps.position[::3], path.position)
    np.testing.assert_array_equal(steps.momentum[::3], path.momentum)
    # A kick moves nothing, a drift keeps the momentum.
    np.testing.assert_array_equal(steps.position[1::3], steps.position[:-1:3])
    np.testing.assert_array_equal(steps.momentum[2::3], steps.momentum[1::3])
    np.testing.assert_array_equal(steps.position[3::3], steps.position[2::3])
    # And they are what the leapfrog method says.
    mass = np.asarray(settings.inverse_mass_matrix)
    velocity = steps.momentum[1::3] @ mass if mass.ndim == 2 else mass * steps.momentum[1::3]
    drift = settings.step_size * velocity
    np.testing.assert_allclose(np.diff(path.position, axis=0), drift, rtol=1e-9, atol=1e-13)
    kick = settings.step_size / 2 * path.logdensity_grad[1:]
    np.testing.assert_allclose(
        steps.momentum[3::3] - steps.momentum[2::3], kick, rtol=1e-9, atol=1e-13
    )


def test_only_hmc_has_substeps():
    for name in ("nuts", "mala"):
        chain = Chain(power, (3.0,), algorithm=name)
        chain.advance(1)
        with pytest.raises(ValueError, match="only an HMC transition"):
            leapfrog_substeps(chain.transition())
