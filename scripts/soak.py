"""The page's chains beside BlackJAX's: the whole of what the tests take a tenth of.

Every problem of the gallery with d <= 2, every algorithm, ten seeds, a thousand draws each, in
float64: `make soak`, or `make soak SOAK="power mala"` for some problems and some algorithms.
"""

from __future__ import annotations

import sys
import time

from tests.publish.chains import TOLERANCE, cases, compare

SEEDS = range(10)
DRAWS = 1_000


def is_chosen(name: str, names: list[str]) -> bool:
    """Whether it is among the names of its kind, if there are some."""
    known = next(kind for kind in map(set, zip(*cases(), strict=True)) if name in kind)
    return name in names or known.isdisjoint(names)


def main(names: list[str]) -> int:
    """Compares, prints a line for each, and tells whether all agree."""
    agree = True
    print(f"{'problem':18} {'algorithm':9} {'transition':>11} {'whole':>9}  log-concave  seconds")
    for name, algorithm in cases():
        if not is_chosen(name, names) or not is_chosen(algorithm, names):
            continue
        began = time.monotonic()
        found = compare(name, algorithm, SEEDS, DRAWS)
        is_good = found.transition <= TOLERANCE and (
            found.whole <= TOLERANCE or not found.is_log_concave
        )
        agree &= is_good
        print(
            f"{name:18} {algorithm:9} {found.transition:11.1e} {found.whole:9.1e}  "
            f"{'yes' if found.is_log_concave else 'no':11}  {time.monotonic() - began:7.1f}"
            f"{'' if is_good else '  DIFFERS'}",
            flush=True,
        )
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
