"""The power problem's derivatives to third order by mpmath, and how well they are conditioned.

With h(y, p) = |y|^p / p and H(i, j) its i-th derivative in y and j-th in p, the derivatives of
f(x, p) = -min_y h(y, p) - x y are rational functions of the H(i, j) at y*. They are written out
below and evaluated three times: with the true H, for the derivative itself; with every term
replaced by its absolute value, for what a relative error in y* or in a rounding can do to it; and
while recording each intermediate result, for whether a dtype can hold them.
"""

from __future__ import annotations

from functools import cache
from math import comb, factorial
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

mp.mp.dps = 50

EXPONENTS = (1.01, 1.05, 1.1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 10, 20, 50)
POINTS = (
    0.0,
    *(s * x for x in (1e-6, 1e-3, 0.1, 0.31415, 0.9, 1, 1.1, 2, 5, 10, 100) for s in (1, -1)),
)

#: Names of the derivatives: how often in x and in p.
ORDERS = ("", "x", "p", "xx", "xp", "pp", "xxx", "xxp", "xpp", "ppp")


def powers(y: mp.mpf, p: mp.mpf, i: int, j: int) -> list[mp.mpf]:
    """The powers of |y| and its logarithm that H(i, j) is made of, without their factors."""
    size = abs(y)
    return [size ** (p - i) * abs(mp.log(size)) ** k for k in range(j + 1)]


def partial(y: mp.mpf, p: mp.mpf, i: int, j: int, absolute: bool) -> mp.mpf:
    """H(i, j) at y, or the sum of the absolute values of its terms.

    The latter with 1 + |log |y|| for the logarithm, since a relative error of y is an absolute
    one of its logarithm.
    """

    def coefficient(k: int) -> mp.mpf:
        """The k-th derivative in p of (p - 1) ... (p - i + 1), or of 1/p for i = 0."""
        if i == 0:
            return (-1) ** k * factorial(k) / p ** (k + 1)
        roots = [mp.mpf(n) for n in range(1, i)]
        polynomial = [mp.mpf(1)]
        for root in roots:
            polynomial = [
                a - root * b for a, b in zip([*polynomial, 0], [0, *polynomial], strict=True)
            ]
        for _ in range(k):
            degree = len(polynomial) - 1
            polynomial = [c * (degree - n) for n, c in enumerate(polynomial[:-1])]
        return mp.fsum(c * p**n for n, c in enumerate(reversed(polynomial)))

    size, sign = abs(y), mp.sign(y) ** i
    log = 1 + abs(mp.log(size)) if absolute else mp.log(size)
    terms = [
        comb(j, k) * coefficient(j - k) * log**k * size ** (p - i) * sign for k in range(j + 1)
    ]
    return mp.fsum(abs(t) for t in terms) if absolute else mp.fsum(terms)


class Derivative(NamedTuple):
    """One derivative of f at (x, p).

    Attributes:
        value: what it is; infinite where it is.
        magnitude: the sum of the absolute values of the terms that make it up.
        smallest, largest: of the non-zero results on the way, the argmin and the value included.
    """

    value: mp.mpf
    magnitude: mp.mpf
    smallest: mp.mpf
    largest: mp.mpf


def theorem(order: str, x: mp.mpf, y: mp.mpf, H: Any, minus: int, note: Any) -> mp.mpf:
    """A derivative of f by the two theorems; `minus` is -1, or +1 for the sum of magnitudes."""
    note(y)
    if order == "":
        return note(note(x * y) + minus * note(H(0, 0)))
    if order == "x":
        return y
    if order == "p":
        return note(minus * H(0, 1))
    if order == "xx":
        return note(1 / note(H(2, 0)))
    y_x, y_p = note(1 / note(H(2, 0))), note(minus * note(H(1, 1)) / H(2, 0))
    if order == "xp":
        return y_p
    if order == "pp":
        return note(minus * (note(H(0, 2)) + note(H(1, 1) * y_p)))
    # The derivatives of H(2, 0) along the way that y* moves.
    H20_x, H20_p = note(note(H(3, 0)) * y_x), note(H(2, 1)) + note(note(H(3, 0)) * y_p)
    if order == "xxx":
        return note(minus * H20_x * note(y_x / H(2, 0)))
    if order == "xxp":
        return note(minus * H20_p * note(y_x / H(2, 0)))
    H11_p = note(H(1, 2)) + note(H(2, 1) * y_p)
    y_pp = note(minus * (H11_p + H20_p * y_p) / H(2, 0))
    if order == "xpp":
        return y_pp
    return note(minus * (note(H(0, 3)) + 2 * H(1, 2) * y_p + H(2, 1) * y_p**2 + H(1, 1) * y_pp))


@cache
def derivative(order: str, x: float, p: float) -> Derivative:
    """The derivative of that order at x, not 0, and p: both taken as the exact numbers they are."""
    X, P = mp.mpf(x), mp.mpf(p)
    y = mp.sign(X) * abs(X) ** (1 / (P - 1))
    seen: list[mp.mpf] = []

    def note(value: mp.mpf) -> mp.mpf:
        seen.append(abs(value))
        return value

    def nothing(value: mp.mpf) -> mp.mpf:
        return value

    true = theorem(order, X, y, lambda i, j: partial(y, P, i, j, False), -1, nothing)

    def noting(i: int, j: int) -> mp.mpf:
        seen.extend(powers(y, P, i, j))
        return partial(y, P, i, j, True)

    size = theorem(order, abs(X), abs(y), noting, 1, note)
    nonzero = [value for value in seen if value] or [mp.mpf(1)]
    return Derivative(true, size, min(nonzero), max(nonzero))


def is_within(found: Derivative, dtype: str) -> bool:
    """Whether the dtype holds the derivative and everything on the way as normal numbers."""
    info = np.finfo(dtype)
    return bool(found.smallest >= float(info.tiny) and found.largest <= float(info.max))


def cells(dtype: str) -> list[tuple[float, float]]:
    """The map's (x, p), rounded to the dtype, x = 0 included."""
    return [
        (float(np.dtype(dtype).type(x)), float(np.dtype(dtype).type(p)))
        for p in EXPONENTS
        for x in POINTS
    ]
