"""The chain is BlackJAX's: the same draws as a plain loop, whatever is changed on the way."""

import blackjax
import jax
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.sampling import Chain, Settings
from tests.sampling.targets import half_line, power, with_a_hole

VECTOR = np.array([1.0, -0.5, 0.3])
DENSE = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]])


def plain_loop(
    dtype,
    num_draws,
    *,
    p,
    settings,
    position,
    seed,
    num_chains,
    algorithm="hmc",
    vmapped=False,
    literal=False,
):
    """Draws (chains, draws[, d]) by nothing but BlackJAX and JAX.

    Args:
        vmapped: one step for all chains at a time, else one chain after the other.
        literal: the numbers are literals in the step, else its arguments as in the chain.
    """
    with jax.enable_x64(dtype == "float64"):
        start = np.asarray(position, dtype)
        step_size, num_steps, mass = settings
        mass = np.asarray(mass, dtype)
        values = (p, step_size, mass, num_steps)
        if not literal:
            values = (np.asarray(p, dtype), np.asarray(step_size, dtype), mass, num_steps)

        def sampler(p, step_size, mass, num_steps):
            more = {"hmc": (mass, num_steps), "nuts": (mass,), "mala": ()}[algorithm]
            return getattr(blackjax, algorithm)(lambda y: power(y, p), step_size, *more)

        def step(key, state, values):
            return sampler(*values).step(key, state)[0]

        if literal:
            jitted = jax.jit(lambda key, state, _: step(key, state, values))
        elif vmapped:
            jitted = jax.jit(jax.vmap(step, in_axes=(0, 0, None)))
        else:
            jitted = jax.jit(step)

        def loop(key, state, split):
            for _ in range(num_draws):
                key, step_key = split(key)
                state = jitted(step_key, state, values)
                yield np.asarray(state.position)

        key, state = jax.random.key(seed), sampler(*values).init(start)
        keys = key[None] if num_chains == 1 else jax.random.split(key, num_chains)
        if vmapped:
            states = jax.tree.map(lambda leaf: np.stack([leaf] * num_chains), state)
            both = jax.vmap(jax.random.split)
            draws = loop(keys, states, lambda keys: (both(keys)[:, 0], both(keys)[:, 1]))
            return np.stack(list(draws), axis=1)
        return np.array([list(loop(key, state, jax.random.split)) for key in keys])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("num_chains", [1, 4])
def test_draws_are_those_of_a_plain_blackjax_loop(dtype, num_chains):
    arguments = {"settings": Settings(0.3, 5, np.ones(1)), "seed": 3, "num_chains": num_chains}
    expected = plain_loop(dtype, 200, p=3.0, position=1.0, **arguments)
    chain = Chain(power, (3.0,), dtype=dtype, **arguments)
    chain.advance(200)
    assert chain.samples.dtype == dtype
    np.testing.assert_array_equal(chain.samples, expected)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("num_chains", [1, 4])
@pytest.mark.parametrize(
    ("position", "mass"),
    [(1.0, np.full(1, 0.7)), (VECTOR, np.array([1.0, 2.0, 0.5])), (VECTOR, DENSE)],
    ids=["scalar", "vector", "dense"],
)
def test_draws_with_a_mass_matrix_are_those_of_a_plain_loop(dtype, num_chains, position, mass):
    arguments = {"settings": Settings(0.3, 5, mass), "seed": 3, "num_chains": num_chains}
    plain = {"p": 3.0, "position": position, **arguments}
    chain = Chain(power, (3.0,), dtype=dtype, initial_position=position, **arguments)
    chain.advance(200)
    same_program = plain_loop(dtype, 200, vmapped=num_chains > 1, **plain)
    np.testing.assert_array_equal(chain.samples, same_program)
    if dtype == "float64":
        one_by_one = plain_loop(dtype, 200, **plain)
        np.testing.assert_allclose(chain.samples, one_by_one, rtol=1e-12)


@pytest.mark.parametrize("num_chains", [1, 4])
def test_draws_agree_where_a_plain_loop_has_its_numbers_as_literals(num_chains):
    """XLA then computes powers and products another way."""
    arguments = {"settings": Settings(0.3, 5, np.ones(1)), "seed": 0, "num_chains": num_chains}
    expected = plain_loop("float64", 200, p=3.0, position=1.0, literal=True, **arguments)
    chain = Chain(power, (3.0,), **arguments)
    chain.advance(200)
    np.testing.assert_allclose(chain.samples, expected, rtol=1e-12)


def test_draws_do_not_depend_on_how_they_are_asked_for():
    whole, pieces = Chain(power, (3.0,)), Chain(power, (3.0,))
    whole.advance(2_500)
    for n in (1, 0, 1, 7, 1_024, 3, 1_464):
        pieces.advance(n)
    assert pieces.num_draws == 2_500
    np.testing.assert_array_equal(whole.samples, pieces.samples)
    np.testing.assert_array_equal(whole.energy, pieces.energy)


def test_nothing_that_changes_in_use_compiles(compilations):
    chain = Chain(power, (3.0,))
    chain.advance(1)
    chain.transition()
    chain.restart(params=(2.0,), seed=1)
    chain.advance(1)
    chain.transition(params=(2.5,))
    chain.diagnostics()
    compilations.reset()
    for i in range(20):
        chain.restart(params=(1.5 + 0.1 * i,), seed=i, initial_position=0.1 * i)
        chain.advance(i, Settings(0.1 + 0.01 * i, 1 + 50 * i, 0.5 + 0.1 * i))
        chain.advance(1_100 * (i == 7))
        chain.transition(Settings(0.2 + 0.01 * i, 1_000 - i, 1.0 + i), params=(2.5 + i,))
        chain.diagnostics()
    assert compilations.count == 0


def test_a_changed_setting_keeps_the_draws_and_applies_from_the_next():
    first, second = Settings(0.3, 5, 1.0), Settings(0.1, 20, 0.5)
    chain, unchanged = Chain(power, (3.0,), settings=first), Chain(power, (3.0,), settings=first)
    chain.advance(10)
    unchanged.advance(12)
    chain.advance(2, second)
    chain.advance(1, second)
    np.testing.assert_array_equal(chain.samples[:, :10], unchanged.samples[:, :10])
    assert np.all(chain.samples[:, 10:12] != unchanged.samples[:, 10:])
    assert [(draw, *settings[:2]) for draw, settings in chain.marks] == [
        (0, 0.3, 5),
        (10, 0.1, 20),
    ]
    np.testing.assert_array_equal(chain.marks[1][1].inverse_mass_matrix, [0.5])


def test_settings_changed_before_the_first_draw_leave_one_mark():
    chain = Chain(power, (3.0,))
    chain.advance(0, Settings(0.2, 3, 1.0))
    chain.advance(1, Settings(0.1, 2, 1.0))
    assert [(draw, *settings[:2]) for draw, settings in chain.marks] == [(0, 0.1, 2)]


def test_what_was_handed_out_does_not_change():
    chain = Chain(power, (3.0,), num_chains=2)
    chain.advance(3)
    samples = chain.samples
    before = samples.copy()
    chain.advance(5_000)
    chain.restart(seed=1)
    chain.advance(10)
    np.testing.assert_array_equal(samples, before)
    with pytest.raises(ValueError, match="read-only"):
        samples[0, 0] = 1.0


def test_forward_back_and_forward_again_are_bitwise_identical():
    chain = Chain(power, (3.0,), num_chains=3)
    chain.advance(100)
    there = chain.samples, chain.energy, chain.acceptance_rate
    for n in (30, 1, 69):
        chain.back(n)
    assert chain.num_draws == 0
    assert chain.transition() is None
    chain.advance(100)
    for before, after in zip(
        there, (chain.samples, chain.energy, chain.acceptance_rate), strict=True
    ):
        np.testing.assert_array_equal(before, after)
    chain.back(1_000)
    assert chain.num_draws == 0


def test_a_branch_leaves_the_past_and_what_was_handed_out():
    chain = Chain(power, (3.0,), settings=Settings(0.3, 5, 1.0))
    chain.advance(10)
    chain.advance(10, Settings(0.2, 7, 1.0))
    whole = chain.samples
    copy = whole.copy()
    chain.rewind(5)
    chain.advance(3, Settings(0.1, 9, 1.0))
    np.testing.assert_array_equal(whole, copy)
    np.testing.assert_array_equal(chain.samples[:, :5], whole[:, :5])
    assert np.all(chain.samples[:, 5:] != whole[:, 5:8])
    assert [(draw, *settings[:2]) for draw, settings in chain.marks] == [(0, 0.3, 5), (5, 0.1, 9)]
    with pytest.raises(ValueError, match="num_draws must be a whole number from 0 to 8"):
        chain.rewind(9)


def test_going_back_over_a_mark_keeps_the_settings_as_they_are_now():
    chain = Chain(power, (3.0,), settings=Settings(0.3, 5, 1.0))
    chain.advance(4)
    chain.advance(4, Settings(0.2, 7, 1.0))
    chain.back(6)
    chain.advance(1)
    assert [(draw, *settings[:2]) for draw, settings in chain.marks] == [(0, 0.3, 5), (2, 0.2, 7)]


@pytest.mark.parametrize(
    ("algorithm", "num_chains", "dtype"),
    [
        ("nuts", 1, "float64"),
        ("nuts", 4, "float32"),
        ("mala", 1, "float32"),
        ("mala", 4, "float64"),
    ],
)
def test_other_algorithms_are_blackjaxs_too(algorithm, num_chains, dtype):
    settings = Settings(0.3, 5, np.ones(1))
    arguments = {"settings": settings, "num_chains": num_chains, "seed": 2}
    chain = Chain(power, (3.0,), algorithm=algorithm, dtype=dtype, **arguments)
    chain.advance(100)
    expected = plain_loop(
        dtype,
        100,
        p=3.0,
        position=1.0,
        algorithm=algorithm,
        vmapped=num_chains > 1,
        **arguments,
    )
    np.testing.assert_array_equal(chain.samples, expected)


def test_what_an_algorithm_does_not_have_is_none():
    hmc, nuts, mala = (Chain(power, (3.0,), algorithm=name) for name in ("hmc", "nuts", "mala"))
    for chain in (hmc, nuts, mala):
        chain.advance(20)
        assert chain.acceptance_rate.shape == (1, 20)
    assert hmc.is_accepted.shape == hmc.is_divergent.shape == hmc.energy.shape == (1, 20)
    assert nuts.is_accepted is None
    assert nuts.is_divergent.shape == nuts.energy.shape == (1, 20)
    assert mala.is_divergent is None
    assert mala.energy is None
    assert mala.is_accepted.shape == (1, 20)
    np.testing.assert_array_equal(hmc.num_integration_steps, 5)
    np.testing.assert_array_equal(mala.num_integration_steps, 1)
    assert nuts.num_integration_steps.max() > 1
    assert mala.diagnostics().num_divergent is None
    assert mala.diagnostics().ebfmi is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_largest_seed(dtype):
    chain = Chain(power, (3.0,), seed=2**32 - 1, dtype=dtype)
    other = Chain(power, (3.0,), seed=0, dtype=dtype)
    chain.advance(3)
    other.advance(3)
    assert np.all(chain.samples != other.samples)


def test_restart_changes_what_is_given_and_keeps_the_rest():
    chain = Chain(power, (3.0,), seed=4, initial_position=0.5)
    chain.advance(5)
    chain.restart(params=(2.0,))
    assert chain.num_draws == 0
    assert chain.samples.shape == (1, 0)
    chain.advance(5)
    fresh = Chain(power, (2.0,), seed=4, initial_position=0.5)
    fresh.advance(5)
    np.testing.assert_array_equal(chain.samples, fresh.samples)


def test_the_initial_state_is_blackjaxs():
    chain = Chain(power, (3.0,), initial_position=VECTOR, num_chains=2)
    chain.advance(3)
    state = chain.initial_state
    assert isinstance(state, blackjax.mcmc.hmc.HMCState)
    with jax.enable_x64(True):
        value, gradient = jax.value_and_grad(power)(VECTOR, 3.0)
    np.testing.assert_array_equal(state.position, VECTOR)
    np.testing.assert_allclose(state.logdensity, value, rtol=1e-14)
    np.testing.assert_allclose(state.logdensity_grad, gradient, rtol=1e-14)


def test_an_integer_position_and_a_plain_number_for_the_mass_are_cast():
    cast = Chain(power, (3,), initial_position=1, settings=Settings(1, 5, 2))
    plain = Chain(power, (3.0,), initial_position=1.0, settings=Settings(1.0, 5, np.array([2.0])))
    cast.advance(20)
    plain.advance(20)
    np.testing.assert_array_equal(cast.samples, plain.samples)


def test_the_users_configuration_is_untouched():
    before = jax.config.jax_enable_x64
    Chain(power, (3.0,)).advance(1)
    assert jax.config.jax_enable_x64 == before
    with computing("float32"):
        inside = Chain(power, (3.0,))
        inside.advance(3)
    outside = Chain(power, (3.0,))
    outside.advance(3)
    assert inside.samples.dtype == np.float64
    np.testing.assert_array_equal(inside.samples, outside.samples)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"settings": Settings(step_size=0.0)}, "step_size must be a positive number, got 0.0"),
        ({"settings": Settings(step_size=-1)}, "step_size must be a positive"),
        ({"settings": Settings(step_size=np.nan)}, "step_size must be a positive"),
        ({"settings": Settings(step_size="fast")}, "step_size must be a positive number, got 'f"),
        ({"settings": Settings(num_integration_steps=0)}, "whole number from 1 to 1,000, got 0"),
        ({"settings": Settings(num_integration_steps=1_001)}, "from 1 to 1,000"),
        ({"settings": Settings(num_integration_steps=2.5)}, "whole number"),
        ({"settings": Settings(inverse_mass_matrix=0.0)}, "inverse_mass_matrix must be positive"),
        ({"settings": Settings(inverse_mass_matrix=np.inf)}, "must be positive"),
        ({"settings": Settings(inverse_mass_matrix="x")}, "must consist of numbers"),
        ({"settings": Settings(inverse_mass_matrix=[1.0, 2.0])}, r"a vector \(1,\).*got shape"),
        (
            {
                "settings": Settings(inverse_mass_matrix=[[1.0, 2.0], [2.0, 1.0]]),
                "initial_position": [0.0, 1.0],
            },
            "symmetric and positive definite",
        ),
        (
            {
                "settings": Settings(inverse_mass_matrix=[[1.0, 0.1], [0.2, 1.0]]),
                "initial_position": [0.0, 1.0],
            },
            "symmetric and positive definite",
        ),
        ({"initial_position": np.nan}, "initial_position must be finite"),
        ({"initial_position": 1e39, "dtype": "float32"}, "finite in float32"),
        ({"initial_position": [[1.0]]}, r"a vector \(d,\)"),
        ({"initial_position": []}, r"a vector \(d,\)"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"seed": 0.5}, "seed must be"),
        ({"num_chains": 0}, "num_chains must be a whole number from 1 to 16"),
        ({"num_chains": 17}, "from 1 to 16"),
        ({"algorithm": "hmcc"}, "algorithm must be one of .*Did you mean 'hmc'"),
        ({"dtype": "float16"}, "dtype must be one of"),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(arguments, message):
    with pytest.raises(ValueError, match=message):
        Chain(power, (3.0,), **arguments)


def test_a_refused_change_leaves_the_chain_as_it_was():
    chain = Chain(half_line, ())
    chain.advance(5)
    samples = chain.samples
    with pytest.raises(ValueError, match="step_size"):
        chain.advance(5, Settings(step_size=-1.0))
    with pytest.raises(ValueError, match="the log density is -inf at the initial position -1"):
        chain.restart(initial_position=-1.0)
    np.testing.assert_array_equal(chain.samples, samples)
    chain.advance(1)
    assert chain.num_draws == 6


@pytest.mark.parametrize(
    ("target", "position", "message"),
    [
        (half_line, -2.0, "the log density is -inf at the initial position -2"),
        (with_a_hole, 1.5, "the log density is nan at the initial position 1.5"),
    ],
)
def test_a_chain_cannot_start_where_the_density_is_not_finite(target, position, message):
    with pytest.raises(ValueError, match=message):
        Chain(target, (), initial_position=position)


def test_nan_in_the_middle_is_a_divergence_and_not_a_crash():
    chain = Chain(with_a_hole, (), initial_position=0.0, settings=Settings(0.3, 5, 1.0))
    chain.advance(500)
    assert np.all(np.isfinite(chain.samples))
    assert 0 < chain.is_divergent.sum() < 500
    assert not np.any(chain.is_accepted & chain.is_divergent)
    assert np.all(chain.acceptance_rate[chain.is_divergent] == 0)
    assert np.all(chain.samples < 1)


def test_an_interrupt_leaves_a_consistent_chain(monkeypatch):
    import gradwidget.sampling._chain as module

    chain, plain = Chain(power, (3.0,)), Chain(power, (3.0,))
    plain.advance(3_000)
    chain.advance(100)

    calls = iter(range(10))

    def interrupted():
        if next(calls) == 3:
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr(module.time, "perf_counter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        chain.advance(2_900)
    monkeypatch.undo()
    assert 100 < chain.num_draws < 3_000
    chain.advance(3_000 - chain.num_draws)
    np.testing.assert_array_equal(chain.samples, plain.samples)
