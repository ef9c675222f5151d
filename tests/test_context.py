"""Where a computation runs and in which precision."""

from __future__ import annotations

import threading

import jax
import jax.numpy as jnp
import pytest

from gradwidget._context import computing


def test_precision_is_that_of_the_block_and_of_the_thread():
    seen = {}

    def look(name):
        seen[name] = jnp.zeros(1).dtype.name

    with computing("float64"):
        look("inside")
        thread = threading.Thread(target=look, args=("other thread",))
        thread.start()
        thread.join()
        with computing("float32"):
            look("nested")
    look("after")
    assert seen["inside"] == "float64"
    assert seen["nested"] == "float32"
    assert seen["other thread"] == seen["after"]
    assert seen["after"] == ("float64" if jax.config.jax_enable_x64 else "float32")


def test_device_is_that_of_the_block():
    with computing("float32", "cpu"):
        assert jnp.zeros(1).devices() == {jax.devices("cpu")[0]}


def test_what_is_refused():
    with (
        pytest.raises(ValueError, match="dtype must be one of 'float64', 'float32', not 'flot32'"),
        computing("flot32"),
    ):
        pass
    with (
        pytest.raises(ValueError, match="no device for the platform 'abacus'"),
        computing("float32", "abacus"),
    ):
        pass
