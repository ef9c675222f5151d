"""A log density keeps its compiled programs, and nothing keeps the log density."""

import functools
import gc
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradwidget as gw
from gradwidget.sampling import Chain, exact_density


def use(logdensity, **options):
    chain = Chain(logdensity, **options)
    chain.advance(3)
    chain.transition()
    chain.diagnostics()
    return chain.samples


def make_plain():
    data = np.ones(10)
    return lambda x: -0.5 * jnp.sum((x - data) ** 2)


def make_with_a_rule():
    scale = np.ones(10)
    f = jax.custom_jvp(lambda x: jnp.sum(scale * x**2))
    f.defjvp(lambda x, dx: (f(*x), 2 * jnp.sum(scale * x[0]) * dx[0]))
    return lambda x: -f(x)


def make_implicit():
    return gw.conjugate(lambda y: jnp.cosh(y)).scaled_logdensity_fn


@pytest.mark.parametrize(
    ("make", "params"), [(make_plain, ()), (make_with_a_rule, ()), (make_implicit, (1.0,))]
)
def test_a_log_density_that_nobody_uses_is_freed(make, params):
    logdensity = make()
    use(logdensity, params=params)
    alive = weakref.ref(logdensity)
    del logdensity
    gc.collect()
    assert alive() is None


class Model:
    def __init__(self, sd):
        self.sd = sd

    def logdensity(self, x):
        return -0.5 * (x / self.sd) ** 2

    __call__ = logdensity


class Bare:
    __slots__ = ("sd",)
    __call__ = Model.__call__


def test_the_programs_serve_the_next_chain(compilations):
    for logdensity in (make_plain(), Model(2.0), functools.partial(lambda a, x: -a * x * x, 2.0)):
        use(logdensity)
        compilations.reset()
        use(logdensity)
        assert compilations.count == 0


def test_a_function_that_wraps_another_has_programs_of_its_own():
    """`functools.wraps` copies a function's attributes."""

    def wide(x):
        return -0.5 * (x / 5.0) ** 2

    use(wide)

    @functools.wraps(wide)
    def narrow(x):
        return 2500 * wide(x)

    assert exact_density(wide).sd == pytest.approx(5.0)
    assert exact_density(narrow).sd == pytest.approx(0.1)
    assert np.any(use(narrow) != use(wide))
    assert exact_density(jax.jit(wide)).sd == pytest.approx(5.0)


def test_methods_and_objects_without_attributes_do_not_share_programs():
    for sd in (0.5, 2.0):
        bare = Bare()
        bare.sd = sd
        for logdensity in (Model(sd).logdensity, Model(sd), bare):
            assert exact_density(logdensity).sd == pytest.approx(sd)
            chain = Chain(logdensity)
            chain.advance(1)
            assert chain.logdensity == pytest.approx(-0.5 * (chain.samples / sd) ** 2)
