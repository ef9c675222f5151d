"""Reductions, indexing, sorting, control flow, linear algebra and random numbers against JAX."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.compiler.engines import outputs, run_in_node, translated

DTYPES = (
    "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "bool",
)  # fmt: skip
# Local variables, and typed arrays.
SMALL, LARGE = (2, 3), (4, 5, 3)
# One number an element, two words, and a bool: the dtypes that are tried with both shapes.
BOTH_SHAPES = ("float64", "int64", "bool")


class Case(NamedTuple):
    name: str
    fun: Any
    args: tuple[Any, ...]


def array(dtype: str, *shape: int, seed: int = 0, spread: float = 1.0) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype.startswith("float"):
        return (spread * rng.standard_normal(shape)).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def structural(x: Any) -> Any:
    """What only moves elements, the same for every dtype."""
    rank = x.ndim
    start = (1,) + (0,) * (rank - 1)
    limit = (2, *x.shape[1:])
    return {
        "reshape": x.reshape(-1),
        "transpose": jnp.transpose(x),
        "moved": jnp.moveaxis(x, 0, -1) if rank > 2 else x.T,
        "rev": lax.rev(x, (0, rank - 1)),
        "slice": lax.slice(x, start, limit),
        "strided": x[..., ::2],
        "concatenate": lax.concatenate([x, x[:1], lax.rev(x, (0,))], 0),
        "stack": jnp.stack([x, lax.rev(x, (1,))], 1),
        "pad": lax.pad(x, x[(0,) * rank], [(1, 2, 0)] + [(0, -1, 1)] * (rank - 1)),
        "crop": lax.pad(x, x[(0,) * rank], [(-1, 2, 1)] * rank),
        "broadcast": lax.broadcast_in_dim(x, (2, *x.shape), tuple(range(1, rank + 1))),
        "row": lax.broadcast_in_dim(x[0:1], x.shape, tuple(range(rank))),
        "squeeze": lax.squeeze(x[0:1], (0,)),
        "tile": jnp.tile(x, (2,) * rank),
        "repeat": jnp.repeat(x, 2, axis=0),
        "split": lax.split(x, (1, x.shape[0] - 1)),
        "unstack": jnp.unstack(x),
        "where": jnp.where(jnp.arange(x.shape[-1]) > 0, x, x[..., :1]),
        "diagonal": jnp.diagonal(x) if rank == 2 else x,
        "select": lax.select_n(jnp.full(x.shape, 2, jnp.int32), x, x[::-1], x[:, ::-1]),
        "roll": jnp.roll(x, 1, axis=0),
        "flat": x.reshape(-1, 1)[3:5],
    }


def indexed(x: Any, i: Any, places: Any) -> Any:
    """Gathers and scatters, at computed places, some of them outside."""
    zeros = (i * 0,) * (x.ndim - 1)
    one = x[:1] if x.dtype == bool else x[:1] + jnp.ones((), x.dtype)
    return {
        "dynamic_slice": lax.dynamic_slice(x, (i, *zeros), (1, *x.shape[1:])),
        "dynamic_index": x[i],
        "dynamic_update": lax.dynamic_update_slice(x, one, (i, *zeros)),
        "one": lax.dynamic_update_slice(x, x[(slice(0, 1),) * x.ndim], (i,) * x.ndim),
        "take": jnp.take(x, places, axis=0, mode="clip"),
        "take_fill": jnp.take(x, places, axis=0, mode="fill"),
        "take_1": jnp.take(x, places, axis=1),
        "rows": x[places, places],
        "last": x[..., places],
        "along": jnp.take_along_axis(x, jnp.abs(x.astype(jnp.int32)) % 2, axis=0, mode="clip"),
        "set": x.at[places].set(one[0]),
        "set_1": x.at[:, places].set(x[:, :1]),
        "set_clip": x.at[places].set(one[0], mode="clip"),
        "point": x.at[(i,) * x.ndim].set(one[(0,) * x.ndim]),
        "max": x.at[places].max(one[0]),
        "min": x.at[places].min(one[0]),
        "mapped": jax.vmap(lambda row, k: row[k])(x, jnp.arange(x.shape[0]) % 3),
        "mapped_set": jax.vmap(lambda row, k: row.at[k].set(row[0]))(x, jnp.arange(x.shape[0]) % 3),
        "mapped_slice": jax.vmap(lambda row, k: lax.dynamic_slice_in_dim(row, k, 2))(
            x, jnp.arange(x.shape[0])
        ),
    } | (
        {}
        if x.dtype == bool
        else {"add": x.at[places].add(one[0]), "mul": x.at[places].multiply(one[0])}
    )


def reduced(x: Any) -> Any:
    out = {
        "max": lax.reduce_max(x, (0,)),
        "min": lax.reduce_min(x, (1,)),
        "all": jnp.max(x),
        "sorted": lax.sort(x, dimension=0),
        "sorted_last": lax.sort(x, dimension=x.ndim - 1),
    }
    if x.dtype == bool:
        return out | {"and": jnp.all(x, 0), "or": jnp.any(x, 1)}
    out |= {
        "sum": lax.reduce_sum(x, (0,)),
        "sums": lax.reduce_sum(x, (0, 1)),
        "prod": lax.reduce_prod(x, (x.ndim - 1,)),
        "argmax": lax.argmax(x, 0, jnp.int32),
        "argmin": lax.argmin(x, 1, jnp.int64),
        "cumsum": lax.cumsum(x, 0),
        "cumsum_reverse": lax.cumsum(x, 1, reverse=True),
        "cumprod": lax.cumprod(x, 1),
        "cummax": lax.cummax(x, 0),
        "cummin": lax.cummin(x, 0, reverse=True),
        "top_k": lax.top_k(x, 2),
    }
    if jnp.issubdtype(x.dtype, jnp.integer):
        return out | {
            "xor": lax.reduce_xor(x, (0,)),
            "and": lax.reduce_and(x, (0,)),
            "or": lax.reduce_or(x, (1,)),
        }
    return out | {"cumlogsumexp": lax.cumlogsumexp(x, 0)}


def ordered(a: Any, b: Any) -> Any:
    """Sorts of several operands; equal keys keep their order."""
    n = jnp.arange(a.size, dtype=jnp.int64).reshape(a.shape)
    return lax.sort((a, n), num_keys=1), lax.sort((b, a, n), num_keys=2), jnp.argsort(a, -1)


def nan_rich(dtype: str) -> np.ndarray[Any, Any]:
    values = [1.0, np.nan, -0.0, 0.0, np.inf, -np.inf, np.nan, 2.0, -3.0, 0.0, -0.0, 1.0]
    return np.array(values, dtype).reshape(4, 3)


def products(a: Any, b: Any) -> Any:
    return {
        "matmul": a @ jnp.swapaxes(b, -1, -2),
        "outer": jnp.tensordot(a, b, 0),
        "inner": jnp.tensordot(a, b, a.ndim),
        "batched": jnp.einsum("i...,i...->i", a, b),
    }


def solved(a: Any, b: Any) -> Any:
    """Factorisations and triangular systems of a positive definite matrix."""
    lower = jnp.linalg.cholesky(a)
    kwargs = [
        {"left_side": left, "lower": low, "transpose_a": t, "unit_diagonal": u}
        for left in (True, False)
        for low in (True, False)
        for t in (True, False)
        for u in (True, False)
    ]
    return {
        "cholesky": lower,
        "triangular": [
            lax.linalg.triangular_solve(a, b if k["left_side"] else b.mT, **k) for k in kwargs
        ],
        "lu": lax.linalg.lu(a[..., ::-1]),
        "solve": jnp.linalg.solve(a, b),
        "det": jnp.linalg.det(a),
        "slogdet": jnp.linalg.slogdet(a),
        "inv": jnp.linalg.inv(a),
        "cho_solve": jax.scipy.linalg.cho_solve((lower, True), b) if a.ndim == 2 else lower,
    }


def positive_definite(dtype: str, *batch: int, n: int) -> np.ndarray[Any, Any]:
    a = array("float64", *batch, n, n, seed=n)
    return (a @ np.swapaxes(a, -1, -2) + n * np.eye(n)).astype(dtype)


def loops(x: Any, n: Any) -> Any:
    """Control flow, nested, with carries that swap, stay, and grow."""

    def fibonacci(carry: Any) -> Any:
        k, a, b, const = carry
        return k + 1, b, a + b, const

    def collatz(m: Any) -> Any:
        return lax.while_loop(
            lambda c: c[0] != 1,
            lambda c: (jnp.where(c[0] % 2 == 0, c[0] // 2, 3 * c[0] + 1), c[1] + 1),
            (m, 0),
        )[1]

    def turn(carry: Any, row: Any) -> Any:
        a, b = carry
        return (b, a + row), (a * 2, row.sum())

    return {
        "while": lax.while_loop(lambda c: c[0] < n, fibonacci, (0, 1, 1, x)),
        "nested": lax.fori_loop(1, n, lambda i, total: total + collatz(i), 0),
        "scan": lax.scan(turn, (x[0], x[1]), x),
        "scan_reverse": lax.scan(turn, (x[0], x[1]), x, reverse=True),
        "scan_none": lax.scan(lambda c, _: (c * 1.5, c), x, None, length=4),
        "cond": lax.cond(n > 3, lambda a: a * 2, lambda a: a - 1, x),
        "switch": [
            lax.switch(n - k, [lambda a: a, lambda a: -a, lambda a: a * a], x) for k in range(12)
        ],
        "map": lax.map(lambda row: jnp.cumsum(row) * n, x),
        "mapped_while": jax.vmap(
            lambda s: lax.while_loop(lambda c: c < 10, lambda c: c * 1.5 + 0.1, s)
        )(jnp.abs(x[0])),
        "mapped_cond": jax.vmap(lambda s: lax.cond(s > 0, jnp.sin, jnp.cos, s))(x[0]),
        "triangular": lax.fori_loop(0, n, lambda i, a: a.at[i % a.shape[0]].add(i * 1.0), x),
        "associative": lax.associative_scan(jnp.add, x),
        "checkpoint": jax.grad(lambda a: jax.checkpoint(lambda b: jnp.sin(b) ** 2)(a).sum())(x),
        "grad_scan": jax.grad(lambda a: lax.scan(turn, (a[0], a[1]), a)[1][0].prod())(x),
        "hessian": jax.hessian(lambda v: jnp.sum(jnp.sin(v) * jnp.roll(v, 1)))(x[0]),
    }


def random_numbers(key: Any, n: Any) -> Any:
    a, b, *rest = jax.random.split(key, 8)
    keys = jax.random.split(b, (2, 4))
    out = {
        f"bits{w}": jax.random.bits(a, (n_,), f"uint{w}") for w in (8, 16, 32, 64) for n_ in (2, 9)
    }
    return out | {
        "keys": keys,
        "data": jax.random.key_data(keys),
        "chosen": keys[1, n % 4],
        "fold": jax.random.fold_in(b, n),
        "folds": jax.vmap(jax.random.fold_in, (None, 0))(b, jnp.arange(7)),
        "seeded": jax.random.key(n),
        "mapped": jax.vmap(lambda k: jax.random.normal(k, (2,)))(keys.reshape(-1)),
        "swapped": jnp.where(n > 2, keys, keys[::-1]),
        "uniform": jax.random.uniform(rest[0], (3, 4)),
        "normal": jax.random.normal(rest[1], (10,)),
        "normal32": jax.random.normal(rest[1], (10,), jnp.float32),
        "bernoulli": jax.random.bernoulli(rest[2], 0.3, (11,)),
        "randint": jax.random.randint(rest[3], (9,), -5, n + 1000),
        "permutation": jax.random.permutation(rest[4], 12),
        "categorical": jax.random.categorical(rest[0], jnp.arange(5.0)),
        "exponential": jax.random.exponential(rest[1], (3,)),
        "choice": jax.random.choice(rest[2], 10, (3,), replace=False),
        "gamma": jax.random.gamma(rest[3], 2.5, (3,)),
    }


def special(x: Any) -> Any:
    from jax.scipy import special as s

    positive = jnp.abs(x) + 0.1
    return {
        "lgamma": lax.lgamma(positive),
        "digamma": lax.digamma(positive),
        "gammainc": s.gammainc(positive, jnp.abs(x)),
        "gammaincc": s.gammaincc(positive, jnp.abs(x)),
        "betainc": s.betainc(positive, positive[::-1], jnp.abs(jnp.sin(x))),
        "i0e": s.i0e(x),
        "logsumexp": s.logsumexp(x),
        "ndtri": s.ndtri(jnp.abs(jnp.sin(x))),
        "log_ndtr": s.log_ndtr(x),
        "xlogy": s.xlogy(positive, positive),
        "softmax": jax.nn.softmax(x),
        "student_t": jax.scipy.stats.t.logpdf(x, 3.0),
        "beta": jax.scipy.stats.beta.logpdf(jnp.abs(jnp.sin(x)), 2.0, 3.0),
    }


def _cases() -> list[Case]:
    cases = []
    for dtype in DTYPES:
        for shape in (SMALL, LARGE) if dtype in BOTH_SHAPES else (LARGE,):
            label = f"{dtype}-{len(shape)}d"
            x = array(dtype, *shape)
            cases.append(Case(f"structural-{label}", structural, (x,)))
            kinds = (
                (np.int64(1), np.int8(-3), np.uint32(7)) if dtype == "float64" else (np.int64(1),)
            )
            for i in kinds:
                places = np.array([1, 0, 1, -1, 9], np.int32 if i > 0 else np.int64)
                cases.append(Case(f"indexed-{label}-{i}", indexed, (x, i, places)))
            cases.append(Case(f"reduced-{label}", reduced, (x,)))
            if dtype != "bool":
                other = array(dtype, *shape, seed=1)
                cases.append(Case(f"products-{label}", products, (x, other)))
        few = array(dtype, 5, 4) if dtype == "bool" else array(dtype, 5, 4) % 3
        cases.append(Case(f"ordered-{dtype}", ordered, (few.astype(dtype), array(dtype, 5, 4))))
    for dtype in ("float32", "float64"):
        cases.append(Case(f"reduced-nan-{dtype}", reduced, (nan_rich(dtype),)))
        cases.append(
            Case(f"ordered-nan-{dtype}", ordered, (nan_rich(dtype), nan_rich(dtype)[::-1]))
        )
        cases.append(Case(f"special-{dtype}", special, (array(dtype, 30, spread=3.0),)))
        for n in (2, 4):
            a, b = positive_definite(dtype, n=n), array(dtype, n, 3)
            cases.append(Case(f"solved-{dtype}-{n}", solved, (a, b)))
        a, b = positive_definite(dtype, 2, n=3), array(dtype, 2, 3, 2)
        cases.append(Case(f"solved-{dtype}-batch", solved, (a, b)))
    cases += [
        Case(f"loops-{shape}", loops, (array("float64", *shape), np.int64(10)))
        for shape in ((2, 2), (4, 3))
    ]
    cases.append(Case("loops-int32", loops, (array("float32", 3, 3), np.int32(7))))
    cases += [
        Case(f"random-{seed}", random_numbers, (jax.random.key(seed), np.int64(3)))
        for seed in (0, 123456789)
    ]
    not_definite = np.array([[1.0, 2.0], [2.0, 1.0]])
    cases.append(Case("cholesky-indefinite", jnp.linalg.cholesky, (not_definite,)))
    return cases


with jax.enable_x64(True):
    CASES = {case.name: case for case in _cases()}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """What each program gives, all of them in one run of node."""
    with jax.enable_x64(True):
        found = run_in_node([translated(case.fun, case.args) for case in CASES.values()])
    return dict(zip(CASES, found, strict=True))


# Relative to the largest number that takes part: XLA adds up in another order.
TOLERANCE = {np.dtype("float32"): 2e-5, np.dtype("float64"): 2e-13}


@pytest.mark.parametrize("name", CASES)
def test_program(name, results):
    case = CASES[name]
    with jax.enable_x64(True):
        ((expected, found),) = outputs(case.fun, results[name], [case.args])
    pairs = zip(jax.tree_util.tree_leaves_with_path(expected), jax.tree.leaves(found), strict=True)
    for (path, one), other in pairs:
        where = jax.tree_util.keystr(path)
        if jax.dtypes.issubdtype(one.dtype, jax.dtypes.prng_key):
            one = jax.random.key_data(one)
        one = np.asarray(one)
        if one.dtype.kind != "f":
            np.testing.assert_array_equal(other, one, where)
            continue
        scale = float(np.max(np.abs(one[np.isfinite(one)]), initial=1e-300))
        exact = name.startswith(("structural", "indexed", "ordered"))
        tolerance = 0 if exact and "mul" not in where else TOLERANCE[one.dtype]
        np.testing.assert_allclose(
            other, one, rtol=tolerance, atol=tolerance * scale, err_msg=where
        )
