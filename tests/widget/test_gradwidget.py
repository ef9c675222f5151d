"""The widget's contract in Python: traits, reading, doing, bad input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import traitlets

import gradwidget as gw

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def test_the_defaults_are_the_tutorials_point(make: Make) -> None:
    w = make()
    assert (w.p, w.x) == (3.0, 0.31415)
    assert (w.step_size, w.num_integration_steps, w.num_chains, w.seed) == (0.3, 5, 1, 0)
    assert w.inspection.gradient == pytest.approx(math.sqrt(0.31415), rel=1e-13)
    assert w.inspection.verdict.name == "agree"
    assert dict(w.params) == {"p": 3.0}
    with pytest.raises(TypeError):
        w.params["p"] = 2.0  # type: ignore[index]


def test_a_change_of_an_input_is_seen_at_once(make: Make) -> None:
    w = make()
    w.p, w.x = 1.5, 0.8
    assert w.inspection.gradient == pytest.approx(0.8**2, rel=1e-13)
    w.set(p=4, x=-0.5)
    assert w.inspection.gradient == pytest.approx(-(0.5 ** (1 / 3)), rel=1e-13)
    w.dtype = "float32"
    assert w.inspection.gradient != pytest.approx(-(0.5 ** (1 / 3)), rel=1e-10)


def test_set_is_all_or_nothing(make: Make) -> None:
    w = make()
    with pytest.raises(traitlets.TraitError, match="p must be a finite number greater than 1"):
        w.set(x=0.5, p=0.5)
    assert (w.p, w.x) == (3.0, 0.31415)
    with pytest.raises(TypeError, match="Did you mean 'step_size'"):
        w.set(step_sise=1)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("p", 1, "greater than 1"),
        ("p", 0.3, "greater than 1"),
        ("p", math.nan, "finite"),
        ("p", math.inf, "finite"),
        ("p", "three", "finite number"),
        ("p", None, "finite number"),
        ("p", True, "finite number"),
        ("x", math.nan, "finite"),
        ("x", "0.3", "finite number"),
        ("x", {"at": 0.1}, "finite number"),
        ("step_size", 0, "positive"),
        ("step_size", -0.1, "positive"),
        ("step_size", math.nan, "positive"),
        ("step_size", "0.3", "number"),
        ("num_integration_steps", 0, "whole number from 1 to 1,000"),
        ("num_integration_steps", 1_001, "whole number from 1 to 1,000"),
        ("num_integration_steps", 2.5, "whole number"),
        ("num_integration_steps", "5", "whole number"),
        ("inverse_mass_matrix", 0, "positive"),
        ("inverse_mass_matrix", [[1.0, 2.0], [2.0, 1.0]], "inverse_mass_matrix"),
        ("inverse_mass_matrix", [[-1.0]], "positive"),
        ("inverse_mass_matrix", "heavy", "numbers"),
        ("initial_position", math.inf, "finite"),
        ("seed", -1, "whole number from 0"),
        ("num_chains", 0, "whole number from 1 to 16"),
        ("num_chains", 17, "whole number from 1 to 16"),
        ("solver", "newton", "'safeguarded', 'bfgs'"),
        ("dtype", "float16", "'float64', 'float32'"),
        ("algorithm", "gibbs", "'hmc'"),
        ("device", "abacus", "abacus"),
    ],
)
def test_bad_input_says_what_is_allowed_and_changes_nothing(
    make: Make, name: str, value: Any, says: str
) -> None:
    w = make()
    before = getattr(w, name)
    with pytest.raises((traitlets.TraitError, ValueError), match=says) as caught:
        setattr(w, name, value)
    assert name in str(caught.value)
    assert getattr(w, name) == before
    if value is not None:  # which the constructor takes for "not given"
        with pytest.raises((traitlets.TraitError, ValueError), match=says):
            make(**{name: value})


def test_unknown_words_name_the_near_match(make: Make) -> None:
    with pytest.raises(TypeError, match="Did you mean 'step_size'"):
        make(stepsize=0.1)
    with pytest.raises(ValueError, match="Did you mean 'tutorial'"):
        make(preset="tutorail")


def test_numbers_of_every_kind_are_cast(make: Make) -> None:
    w = make(p=np.float32(2), x=jnp.asarray(0.5), num_integration_steps=np.int64(3), seed=7.0)
    assert (w.p, w.x, w.num_integration_steps, w.seed) == (2.0, 0.5, 3, 7)
    assert all(type(v) in (float, int) for v in (w.p, w.x, w.num_integration_steps, w.seed))


def test_ranges_mean_what_they_mean_in_interact(make: Make) -> None:
    w = make(p=(2, 5), x=gw.slider(-2.0, 2.0, value=0.5))
    by_name = {p["name"]: p for p in [*w._spec["parameters"], w._spec["x"]]}
    assert (w.p, w.x) == (3.0, 0.5)
    assert (by_name["p"]["min"], by_name["p"]["max"], by_name["p"]["step"]) == (2, 5, 1)
    assert (by_name["x"]["min"], by_name["x"]["max"]) == (-2, 2)
    with pytest.raises(ValueError, match="greater than 1"):
        make(p=(0.5, 3.0))
    with pytest.raises(ValueError, match="p must be a slider"):
        make(p=(1.5, 2.0, 0.1, 7))


def test_the_tutorials_preset_is_the_tutorial(make: Make) -> None:
    w = make(preset="tutorial")
    assert (w.solver, w.dtype, w.p, w.initial_position) == ("bfgs", "float32", 3.0, 1.0)
    assert (w.step_size, w.num_integration_steps) == (1e-2, 20)
    assert w.inspection.gradient == np.float32(w.inspection.gradient)
    assert w.inspection.gradient == pytest.approx(0.560491, abs=2e-5)
    assert make(preset="tutorial", x=0.18).x == 0.18


def _plain_loop(
    logdensity_fn: Callable[..., Any], p: float, seed: int, draws: int, chains: int, **settings: Any
) -> np.ndarray:
    """What anybody would write with BlackJAX; the keys as documented."""
    with jax.enable_x64(True):
        hmc = blackjax.hmc(
            lambda x: logdensity_fn(x, p), inverse_mass_matrix=jnp.ones(1), **settings
        )
        step = jax.jit(hmc.step)
        key = jax.random.key(seed)
        keys = [key] if chains == 1 else list(jax.random.split(key, chains))
        out = []
        for key in keys:
            state = hmc.init(jnp.asarray(1.0))
            positions = []
            for _ in range(draws):
                key, step_key = jax.random.split(key)
                state, _info = step(step_key, state)
                positions.append(float(state.position))
            out.append(positions)
        return np.array(out)


@pytest.mark.parametrize("chains", [1, 4])
def test_the_draws_are_those_of_a_plain_blackjax_loop(make: Make, chains: int) -> None:
    w = make(seed=7, num_chains=chains)
    w.run(200)
    plain = _plain_loop(
        w.problem.logdensity_fn, 3.0, 7, 200, chains, step_size=0.3, num_integration_steps=5
    )
    assert w.samples.shape == (chains, 200)
    np.testing.assert_allclose(w.samples, plain, rtol=1e-12, atol=1e-14)


def test_one_by_one_or_all_at_once_is_the_same_chain(make: Make) -> None:
    one, all_ = make(seed=3), make(seed=3)
    for _ in range(20):
        one.step()
    all_.run(20)
    np.testing.assert_array_equal(one.samples, all_.samples)


def test_state_new_state_and_info_are_blackjaxs_own(make: Make) -> None:
    w = make()
    assert w.new_state is None
    assert w.info is None
    assert w.last_step is None
    assert type(w.state).__name__ == "HMCState"
    w.step()
    assert type(w.state) is type(w.new_state)
    assert type(w.info).__name__ == "HMCInfo"
    assert float(w.state.position) == 1.0
    assert float(w.new_state.position) == w.samples[0, -1]
    step = w.last_step
    assert step is not None
    assert step.path_position[0] == 1.0
    assert step.path_position[-1] == w.info.proposal.position
    assert step.path_momentum[-1] == -w.info.proposal.momentum
    assert step.is_accepted == (step.uniform < step.acceptance_rate)


def test_a_paused_change_moves_the_path_under_the_hand(make: Make) -> None:
    w = make()
    w.step(3)
    before, draws = w.last_step, w.samples
    w.step_size = 0.1
    after = w.last_step
    assert before is not None
    assert after is not None
    assert after.momentum == before.momentum
    assert after.path_position[0] == before.path_position[0]
    assert after.path_position[-1] != before.path_position[-1]
    np.testing.assert_array_equal(w.samples, draws)  # the earlier draws are kept
    w.step()
    assert w.samples.shape == (1, 4)
    np.testing.assert_array_equal(w.samples[:, :3], draws)


def test_a_new_target_restarts_and_replays_with_the_same_seed(make: Make) -> None:
    w = make(seed=5)
    w.run(50)
    w.p = 2.0
    fresh = make(seed=5, p=2.0)
    fresh.run(50)
    np.testing.assert_array_equal(w.samples, fresh.samples)


def test_x_never_moves_the_chain(make: Make) -> None:
    w = make()
    w.run(10)
    draws, step = w.samples, w.last_step
    w.x = 0.9
    np.testing.assert_array_equal(w.samples, draws)
    assert step is not None
    assert w.last_step is not None
    np.testing.assert_array_equal(w.last_step.path_position, step.path_position)


def test_reset_forgets_the_draws_and_may_move_the_start(make: Make) -> None:
    w = make()
    w.run(10)
    w.reset(position=-2.0)
    assert w.samples.shape == (1, 0)
    assert w.initial_position == -2.0
    assert float(w.state.position) == -2.0
    with pytest.raises((traitlets.TraitError, ValueError), match="initial_position"):
        w.reset(position=math.nan)


@pytest.mark.parametrize("n", [0, -1, 1.5, "many", 2_000_000])
def test_a_bad_number_of_draws_is_refused(make: Make, n: Any) -> None:
    w = make()
    for doing in (w.step, w.run):
        with pytest.raises(ValueError, match="n must be a whole number from 1"):
            doing(n)
    assert w.samples.shape == (1, 0)


def test_diagnostics_tell_what_acceptance_hides(make: Make) -> None:
    tutorial = make(preset="tutorial", dtype="float64", solver="safeguarded")
    good = make()
    for w in (tutorial, good):
        w.run(4_000)
    assert tutorial.diagnostics.acceptance_rate > 0.9999
    assert tutorial.diagnostics.ess < 200
    assert good.diagnostics.ess > 2_000
    assert good.diagnostics.exact_sd == pytest.approx(0.7527, abs=5e-4)
    assert good.diagnostics.sd == pytest.approx(good.diagnostics.exact_sd, rel=0.05)


def test_the_users_precision_is_left_alone(make: Make, settle: Settle) -> None:
    before = jax.config.jax_enable_x64
    w = make()
    w.run(5)
    settle(w)
    assert jax.config.jax_enable_x64 == before
    assert jnp.ones(1).dtype == (np.float64 if before else np.float32)


def test_a_closed_widget_is_quiet(make: Make, settle: Settle) -> None:
    w = make()
    w.run(5)
    w.close()
    settle(w)
    assert w.comm is None
