"""A chain in ArviZ and in CSV."""

import csv
import io
import sys

import numpy as np
import pytest

from gradwidget.sampling import Chain, Settings, to_arviz, to_csv
from tests.sampling.targets import normal, power


@pytest.fixture
def chain():
    chain = Chain(power, (3.0,), num_chains=2)
    chain.advance(50)
    chain.advance(50, Settings(0.2, 7, 1.0))
    return chain


def test_arviz_reads_the_chain(chain):
    arviz = pytest.importorskip("arviz", reason="ArviZ is an optional dependency")
    data = to_arviz(chain)
    np.testing.assert_array_equal(data.posterior["x"], chain.samples)
    stats = data.sample_stats
    np.testing.assert_array_equal(stats["energy"], chain.energy)
    np.testing.assert_array_equal(stats["diverging"], chain.is_divergent)
    np.testing.assert_array_equal(stats["lp"], chain.logdensity)
    np.testing.assert_array_equal(stats["n_steps"][:, [49, 50]], [[5, 7]] * 2)
    np.testing.assert_array_equal(stats["step_size"][:, [49, 50]], [[0.3, 0.2]] * 2)
    is_new = int(arviz.__version__.split(".")[0]) >= 1
    check_statistics(arviz, data, chain, is_new)


def check_statistics(arviz, data, chain, is_new):
    """That ArviZ's functions work on the data, and say what the diagnostics say."""
    found = chain.diagnostics()
    bfmi = arviz.bfmi(data)["energy"] if is_new else arviz.bfmi(data)
    assert float(arviz.ess(data)["x"]) == pytest.approx(found.ess, rel=1e-9)
    assert float(arviz.rhat(data)["x"]) == pytest.approx(found.rhat, rel=1e-9)
    assert float(np.min(bfmi)) == pytest.approx(found.ebfmi, rel=1e-9)
    assert arviz.summary(data).shape[0] == 1


def test_the_newer_arviz_reads_it_too(chain, monkeypatch):
    """From 1.0 on ArviZ is arviz_base and arviz_stats, which can be had before."""
    import arviz_base
    import arviz_stats

    monkeypatch.setattr(arviz_base, "__version__", "1.0.0")
    monkeypatch.setitem(sys.modules, "arviz", arviz_base)
    data = to_arviz(chain)
    np.testing.assert_array_equal(data["posterior"]["x"], chain.samples)
    np.testing.assert_array_equal(data["sample_stats"]["energy"], chain.energy)
    assert data.attrs["inference_library"] == "blackjax"
    check_statistics(arviz_stats, data, chain, is_new=True)


@pytest.mark.parametrize(("algorithm", "absent"), [("nuts", {"accepted"}), ("mala", {"energy"})])
def test_only_what_the_algorithm_has_is_exported(algorithm, absent):
    pytest.importorskip("arviz", reason="ArviZ is an optional dependency")
    chain = Chain(power, (3.0,), algorithm=algorithm)
    chain.advance(10)
    assert not absent & set(to_arviz(chain).sample_stats)


def test_without_arviz_it_says_what_to_install(chain, monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(ImportError, match=r"pip install 'gradwidget\[arviz\]'"):
        to_arviz(chain)


def test_csv_reads_back_the_same(chain):
    rows = list(csv.DictReader(io.StringIO(to_csv(chain))))
    assert len(rows) == 200
    assert rows[0].keys() >= {"chain", "draw", "x", "acceptance_rate", "diverging", "step_size"}
    values = np.array([float(row["x"]) for row in rows]).reshape(2, 100)
    np.testing.assert_array_equal(values, chain.samples)
    assert rows[101]["chain"] == "1"
    assert rows[101]["draw"] == "1"


def test_csv_of_a_vector_has_a_column_for_each_component():
    chain = Chain(normal, (0.0, 1.0), initial_position=[0.5, 0.25])
    chain.advance(3)
    rows = list(csv.DictReader(io.StringIO(to_csv(chain))))
    np.testing.assert_array_equal([float(row["x[1]"]) for row in rows], chain.samples[0, :, 1])
