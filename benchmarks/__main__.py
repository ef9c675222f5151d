"""`python -m benchmarks [name ...]`: run the benchmarks and print their tables.

A benchmark is a module of this folder with a function `run()` that returns a `Table` or yields
several. Everything in one table is measured in one run, round by round in turn, so that a ratio
means something on a machine that is busy with other things too.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from benchmarks._table import Table


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; returns the exit status."""
    known = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )
    unknown = set(names) - set(known)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    for name in names or known:
        start = time.perf_counter()
        result = importlib.import_module(f"benchmarks.{name}").run()
        for table in [result] if isinstance(result, Table) else result:
            print(f"\n{table}", flush=True)
        print(f"({name}: {time.perf_counter() - start:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
