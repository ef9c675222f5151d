"""The exported function: what it takes and gives, how it fails, and that it is plain code."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gradwidget.compiler import (
    UnsupportedPrimitiveError,
    primitives_table,
    supported_primitives,
    to_javascript,
)
from tests.compiler.engines import Program, outputs, run_in_chromium, run_in_node, translated

PROJECT = Path(__file__).resolve().parents[2]


class Point(NamedTuple):
    x: Any
    y: Any


def test_containers_have_their_counterparts():
    def fun(
        point: Point, options: dict[str, Any], pair: tuple[Any, list[Any]], nothing: None
    ) -> Any:
        return {
            "swapped": Point(point.y, point.x),
            "sum": [options["a"] + pair[0], (pair[1][0] * options["b"],)],
            "nothing": nothing,
            "empty": (),
            "count": jnp.sum(options["b"] > 0),
        }

    with jax.enable_x64(True):
        b = np.arange(6.0).reshape(2, 3)
        calls = [(Point(1.0, b), {"b": b, "a": 2.0}, (0.5, [np.float32(3)]), None)]
        (results,) = run_in_node([translated(fun, *calls)])
        ((expected, found),) = outputs(fun, results, calls)

    assert results[0]["out"]["swapped"] == {"x": b.tolist(), "y": 1.0}
    assert results[0]["out"]["sum"] == [2.5, [(3 * b).tolist()]]
    assert results[0]["out"]["nothing"] is None
    assert results[0]["out"]["empty"] == []
    assert jax.tree.structure(found) == jax.tree.structure(expected)


def test_registered_classes_are_objects():
    @jax.tree_util.register_dataclass
    @dataclasses.dataclass
    class State:
        position: Any
        energy: Any

    text = to_javascript(
        lambda s: State(s.position + 1, s.energy), State(np.float32(1), np.int8(2))
    )
    (results,) = run_in_node([Program(text, [({"position": 2.0, "energy": 5},), (3.0,)])])

    assert results[0]["out"] == {"position": 3.0, "energy": 5}
    assert "must be an object with position, energy, not number 3" in results[1]["error"]


def test_integers_of_64_bits_are_exact():
    with jax.enable_x64(True):
        program = Program(
            to_javascript(lambda a, b: (a + b, a * b), np.uint64(0), np.uint64(0)),
            [(np.uint64(2**53), np.uint64(1)), (np.uint64(3), np.uint64(4))],
        )
        (results,) = run_in_node([program])

    assert results[0]["out"] == [2**53 + 1, 2**53]
    assert results[1]["out"] == [7, 12]


def test_keys_are_two_words():
    with jax.enable_x64(True):
        key = jax.random.key(5)
        (results,) = run_in_node([translated(lambda k: jax.random.split(k, 2), (key,))])
        expected = jax.random.key_data(jax.random.split(key, 2))

    assert results[0]["out"] == expected.tolist()


WRONG = {
    "text": (("1", 1, [1.0, 2.0]), "fun: x must be a number, not a string."),
    "nothing": ((None, 1, [1.0, 2.0]), "fun: x must be a number, not null."),
    "array": (([1.0], 1, [1.0, 2.0]), "fun: x must be a number, not an array of length 1."),
    "fraction": ((1.0, 1.5, [1.0, 2.0]), "fun: n must be an integer from -128 to 127, not number"),
    "range": (
        (1.0, 128, [1.0, 2.0]),
        "fun: n must be an integer from -128 to 127, not number 128.",
    ),
    "short": ((1.0, 1, [1.0]), "fun: v must be an array of length 2, not an array of length 1."),
    "deep": ((1.0, 1, [[1.0], 2.0]), "fun: v[0] must be a number, not an array of length 1."),
    "scalar": ((1.0, 1, 2.0), "fun: v must be an array of length 2, not number 2."),
}


def test_wrong_arguments_throw_a_type_error_that_says_what_is_expected():
    def fun(x: Any, n: Any, v: Any) -> Any:
        return x * v + n

    text = to_javascript(fun, np.float32(1), np.int8(1), np.ones(2, np.float32))
    (results,) = run_in_node([Program(text, [call for call, _ in WRONG.values()])])

    for (name, (_, message)), result in zip(WRONG.items(), results, strict=True):
        assert result["error"].startswith(f"TypeError: {message}"), name


def test_the_innermost_level_may_be_a_typed_array():
    text = to_javascript(lambda m: m.sum(), np.ones((2, 3), np.float32))
    text += "\nexport const rows = () => fun([Float32Array.of(1, 2, 3), new Float64Array(3)]);\n"
    (results,) = run_in_node([Program(text, [()], "rows")])

    assert results[0]["out"] == 6


def test_an_unsupported_primitive_names_itself_and_the_users_line():
    def fun(x: Any) -> Any:
        return jnp.linalg.eigh(x)[0]

    with pytest.raises(UnsupportedPrimitiveError) as caught:
        to_javascript(fun, np.eye(2))

    assert isinstance(caught.value, NotImplementedError)
    assert caught.value.primitive == "eigh"
    assert f"{Path(__file__).name}:{fun.__code__.co_firstlineno + 1}" in str(caught.value)
    assert "supported_primitives" in str(caught.value)


@pytest.mark.parametrize(
    ("fun", "argument", "word"),
    [
        (lambda x: x * 2, np.ones(2, np.float16), "float16"),
        (lambda x: x * 1j, np.ones(2, np.float32), "complex64"),
    ],
)
def test_an_unsupported_dtype_is_named(fun, argument, word):
    with pytest.raises(UnsupportedPrimitiveError, match=word):
        to_javascript(fun, argument)


def test_an_effect_is_refused():
    def fun(x: Any) -> Any:
        jax.debug.print("x = {}", x)
        return x

    with pytest.raises(UnsupportedPrimitiveError, match="effect"):
        to_javascript(fun, 1.0)


def test_what_nobody_uses_is_not_translated():
    def fun(x: Any) -> Any:
        jnp.linalg.eigh(jnp.eye(2) * x)
        _, unused = lax.fori_loop(0, 3, lambda i, c: (c[0] + x, jnp.sin(c[1])), (x, x))
        del unused
        return lax.fori_loop(0, 3, lambda i, c: (c[0] + x, jnp.sin(c[1])), (x, x))[0]

    assert "Math.sin" not in to_javascript(fun, 1.0)


def test_equal_computations_are_done_once():
    def slow(x: Any) -> Any:
        return lax.while_loop(lambda c: c < 10, lambda c: jnp.exp(c), x)

    once = to_javascript(lambda x: slow(x), 1.0)
    twice = to_javascript(lambda x: slow(x) + jax.jit(slow)(x), 1.0)

    assert once.count("for(;;)") == twice.count("for(;;)") == 1


def test_long_functions_are_shared():
    @jax.jit
    def long(x: Any) -> Any:
        for _ in range(40):
            x = jnp.sin(x) + 1
        return x

    text = to_javascript(lambda x, y: long(x) + long(y) + long(x * y), 1.0, 2.0)

    assert text.count("Math.sin") == 40
    with jax.enable_x64(True):
        calls = [(1.0, 2.0)]
        fun = lambda x, y: long(x) + long(y) + long(x * y)  # noqa: E731
        (results,) = run_in_node([translated(fun, *calls)])
        ((expected, found),) = outputs(fun, results, calls)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_the_code_does_not_grow_with_the_arrays():
    def size(n: int) -> int:
        return len(
            to_javascript(
                lambda x: jnp.cumsum(jnp.sin(x) @ x.T) + jnp.sort(x[0])[::-1].sum(),
                np.ones((n, n), np.float32),
            )
        )

    assert abs(size(1000) - size(10)) < 100


@pytest.mark.parametrize("name", ["class", "a-b", "", "1f", "v1", "Math", "erf", "f;g"])
def test_a_name_must_be_free(name):
    with pytest.raises(ValueError, match="name must be"):
        to_javascript(lambda x: x, 1.0, name=name)


def test_the_module_is_plain_code():
    text = to_javascript(lambda x: jax.random.normal(jax.random.key(0)) * x, 1.0, name="draw")

    assert "export function draw(" in text
    assert not re.search(r"\beval\b|new Function|\bimport\b", text)


def test_modules_run_in_a_page_without_unsafe_eval():
    """A smaller set in chromium, whose numbers must be node's."""

    def fun(key: Any, x: Any, n: Any) -> Any:
        draws = jax.random.normal(key, (20,))
        rows = jnp.outer(draws, x)
        return {
            "draws": draws,
            "single": draws.astype(jnp.float32) * 1.1,
            "gamma": lax.lgamma(jnp.abs(x)) + lax.erf_inv(jnp.tanh(x)) + lax.erfc(x),
            "words": jnp.arange(3) * n // 7,
            "sorted": jnp.sort(rows, 0)[::5],
            "solved": jnp.linalg.solve(rows.T @ rows + 9 * jnp.eye(x.size), x),
            "loop": lax.fori_loop(0, n % 50, lambda i, c: c * 1.01 + i, 1.0),
        }

    with jax.enable_x64(True):
        calls = [(jax.random.key(3), np.array([0.3, -1.7, 2.5]), np.int64(10**15 + 7))]
        program = translated(fun, *calls)
        in_node, in_chromium = run_in_node([program]), run_in_chromium([program])
        ((expected, found),) = outputs(fun, in_chromium[0], calls)

    assert in_chromium == in_node
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), found, expected)
    assert found["words"].tolist() == np.asarray(expected["words"]).tolist()


def test_the_table_in_the_documentation_is_current():
    page = (PROJECT / "docs" / "primitives.md").read_text(encoding="utf-8")

    assert page == primitives_table()
    assert {"add", "while", "random_bits", "jit", "erf_inv", "gather"} <= set(
        supported_primitives()
    )
