"""Diagnostics are ArviZ's numbers, to rounding."""

import arviz_stats
import numpy as np
import pytest

from gradwidget.sampling import Chain, Settings, ebfmi, ess, ess_tail, rhat
from tests.sampling.targets import flat, normal, power

arviz = pytest.importorskip("arviz", reason="ArviZ is an optional dependency")

#: ArviZ's default, which from 1.0 on has to be said.
TAIL = {"method": "tail", "prob": (0.05, 0.95)}


@pytest.fixture(params=[arviz, arviz_stats])
def reference(request):
    """ArviZ, and the statistics that ArviZ has from 1.0 on."""
    return request.param


def autoregressive(rng, chains, draws, coefficient):
    noise = rng.normal(size=(chains, draws))
    values = np.empty_like(noise)
    values[:, 0] = noise[:, 0]
    for t in range(1, draws):
        values[:, t] = coefficient * values[:, t - 1] + noise[:, t]
    return values


@pytest.mark.parametrize("coefficient", [-0.95, -0.5, 0.0, 0.5, 0.99, 0.9999])
@pytest.mark.parametrize("draws", [4, 5, 6, 7, 8, 9, 10, 50, 1_003, 4_000])
@pytest.mark.parametrize("chains", [1, 2, 4])
def test_ess_and_rhat_are_arvizs(reference, coefficient, draws, chains):
    rng = np.random.default_rng(draws + chains)
    values = autoregressive(rng, chains, draws, coefficient)
    assert ess(values) == pytest.approx(float(reference.ess(values)), rel=1e-9)
    tail = float(reference.ess(values, **TAIL))
    assert ess_tail(values) == pytest.approx(tail, rel=1e-9)
    if chains > 1:
        assert rhat(values) == pytest.approx(float(reference.rhat(values)), rel=1e-9)


def test_ties_and_chains_that_disagree(reference):
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=(3, 200)), 5, axis=1) + np.array([[0.0], [0.0], [2.0]])
    assert ess(values) == pytest.approx(float(reference.ess(values)), rel=1e-9)
    assert rhat(values) == pytest.approx(float(reference.rhat(values)), rel=1e-9)
    assert rhat(values) > 1.3


@pytest.mark.filterwarnings("ignore:Shape validation failed")
def test_rhat_of_one_chain_compares_its_halves(reference):
    """ArviZ gives NaN; the halves are the two chains that it would split."""
    rng = np.random.default_rng(1)
    values = autoregressive(rng, 1, 1_000, 0.99)
    assert np.isnan(float(reference.rhat(values)))
    halves = values.reshape(2, 500)
    split_again = rhat(halves)
    assert rhat(values) > 1
    assert rhat(values) != split_again


def test_ebfmi_is_arvizs(reference):
    energy = autoregressive(np.random.default_rng(2), 3, 500, 0.9)
    np.testing.assert_allclose(ebfmi(energy), reference.bfmi(energy), rtol=1e-12)
    assert np.isnan(ebfmi(energy[:, :3])).all()
    assert np.isnan(ebfmi(np.ones((2, 10)))).all()


def test_draws_that_are_all_the_same_tell_nothing():
    values = np.ones((2, 100))
    assert ess(values) == ess_tail(values) == 0
    assert np.isnan(rhat(values))


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.array([[1.0, np.nan, 2.0, 3.0]])])
def test_too_few_or_undefined_draws_give_nan(values):
    assert np.isnan(ess(values))
    assert np.isnan(rhat(values))


def test_diagnostics_of_a_chain():
    chain = Chain(power, (3.0,), num_chains=4)
    chain.advance(1_000)
    found = chain.diagnostics()
    samples = chain.samples
    assert found.num_draws == 1_000
    assert found.num_divergent == 0
    assert found.acceptance_rate == pytest.approx(chain.acceptance_rate.mean())
    assert found.ess == pytest.approx(float(arviz.ess(samples)), rel=1e-9)
    assert found.rhat == pytest.approx(float(arviz.rhat(samples)), rel=1e-9)
    assert found.ess_tail == pytest.approx(float(arviz.ess(samples, **TAIL)), rel=1e-9)
    assert found.ebfmi == pytest.approx(arviz.bfmi(chain.energy).min(), rel=1e-9)
    assert found.mean == pytest.approx(samples.mean())
    assert found.sd == pytest.approx(samples.std(ddof=1))
    assert abs(found.mean - found.exact_mean) < 5 * found.exact_sd / np.sqrt(found.ess)
    assert abs(found.sd - found.exact_sd) < 0.05 * found.exact_sd
    assert all(isinstance(value, float) for value in found[3:])


def test_diagnostics_of_a_vector_and_of_nothing():
    chain = Chain(normal, (0.0, np.array([1.0, 3.0])), initial_position=[0.5, 0.5])
    empty = chain.diagnostics()
    assert empty.num_draws == 0
    assert np.isnan(empty.acceptance_rate)
    assert np.isnan(empty.mean).all()
    chain.advance(2_000, Settings(0.7, 6, [1.0, 9.0]))
    found = chain.diagnostics()
    assert found.ess.shape == found.rhat.shape == found.mean.shape == found.sd.shape == (2,)
    assert found.exact_mean is None
    np.testing.assert_allclose(found.sd, [1.0, 3.0], rtol=0.1)
    for i in range(2):
        assert found.ess[i] == pytest.approx(float(arviz.ess(chain.samples[..., i])), rel=1e-9)


def test_a_target_that_cannot_be_normalised_has_no_exact_moments():
    chain = Chain(flat, ())
    chain.advance(50)
    found = chain.diagnostics()
    assert found.exact_mean is None
    assert found.exact_sd is None
    assert found.acceptance_rate == 1
