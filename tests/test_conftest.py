"""The counter of compilations counts, and counts nothing else."""

import jax
import jax.numpy as jnp


def test_a_new_program_is_counted_once(compilations):
    cube = jax.jit(lambda x: x**3 + 1.0)
    compilations.reset()

    cube(jnp.ones(7)).block_until_ready()
    first = compilations.count
    cube(2.0 * jnp.ones(7)).block_until_ready()

    assert first >= 1
    compilations.reset()
    cube(jnp.ones(7)).block_until_ready()
    assert compilations.count == 0
    cube(jnp.ones(8)).block_until_ready()
    assert compilations.count >= 1
