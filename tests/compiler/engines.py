"""Runs translated programs in node and in chromium, and compares them with JAX.

Numbers cross as JSON; what JSON cannot hold is tagged: `{"$": "NaN"}`, `{"$": "-0"}`, and
`{"$": "12n"}` for a BigInt.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from playwright.sync_api import sync_playwright

from gradwidget.compiler import to_javascript
from tests.browser.hosts import launch_browser


class Program(NamedTuple):
    """A module, the name of its function, and the arguments of each call."""

    text: str
    calls: Sequence[tuple[Any, ...]]
    name: str = "fun"


_DRIVER = """
const special = {NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity, "-0": -0};
function decode(key, value) {
  if (value === null || typeof value !== "object" || !("$" in value)) return value;
  const tag = value.$;
  return tag.endsWith("n") ? BigInt(tag.slice(0, -1)) : special[tag];
}
function encode(key, value) {
  if (typeof value === "bigint") return {$: `${value}n`};
  if (typeof value !== "number") return value;
  if (Object.is(value, -0)) return {$: "-0"};
  return Number.isFinite(value) ? value : {$: String(value)};
}
async function main(text, load) {
  const results = [];
  for (const [module, name, calls] of JSON.parse(text)) {
    const fun = (await load(module))[name];
    results.push(JSON.parse(JSON.stringify(calls), decode).map((args) => {
      try {
        return {out: fun(...args)};
      } catch (error) {
        return {error: `${error.constructor.name}: ${error.message}`};
      }
    }));
  }
  return JSON.stringify(results, encode);
}
"""

_NODE = (
    _DRIVER
    + """
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const base64 = (text) => Buffer.from(text).toString("base64");
const load = (text) => import(`data:text/javascript;base64,${base64(text)}`);
process.stdout.write(await main(Buffer.concat(chunks).toString(), load));
"""
)

_CHROMIUM = (
    _DRIVER
    + """
const load = (text) => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
globalThis.runPrograms = (text) => main(text, load);
"""
)


def encode(value: Any) -> Any:
    """A pytree of arrays as what JSON can hold."""
    if isinstance(value, dict):
        return {key: encode(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {key: encode(one) for key, one in zip(value._fields, value, strict=True)}
    if isinstance(value, list | tuple):
        return [encode(one) for one in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    return _number(np.asarray(value).tolist())


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$": f"{value}n"}
    if math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0):
        return value
    text = "-0" if value == 0 else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    return {"$": text}


_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


def _decode(value: dict[str, Any]) -> Any:
    tag = value.get("$")
    if tag is None:
        return value
    return int(tag[:-1]) if tag.endswith("n") else _SPECIAL[tag]


def _payload(programs: Sequence[Program]) -> str:
    return json.dumps(
        [
            (program.text, program.name, [encode(call) for call in program.calls])
            for program in programs
        ],
        allow_nan=False,
    )


def run_in_node(programs: Sequence[Program]) -> list[list[Any]]:
    """For each program the results of its calls: `{"out": value}` or `{"error": message}`."""
    found = subprocess.run(
        ["node", "--input-type=module", "-e", _NODE],
        input=_payload(programs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    results: list[list[Any]] = json.loads(found.stdout, object_hook=_decode)
    return results


def run_in_chromium(programs: Sequence[Program]) -> list[list[Any]]:
    """The same in a page that allows no code made from text (no `unsafe-eval`)."""
    policy = "default-src 'none'; script-src 'unsafe-inline' blob:"
    page_text = (
        f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>programs</title><script>{_CHROMIUM}</script>"
    )

    def run() -> str:
        with sync_playwright() as playwright:
            browser = launch_browser(playwright)
            try:
                page = browser.new_page()
                page.set_content(page_text)
                found: str = page.evaluate("text => globalThis.runPrograms(text)", payload)
            finally:
                browser.close()
        return found

    payload = _payload(programs)
    # playwright's blocking interface refuses a thread in which another of it is open.
    with ThreadPoolExecutor(1) as thread:
        text = thread.submit(run).result()
    results: list[list[Any]] = json.loads(text, object_hook=_decode)
    return results


def like(example: Any, found: Any) -> Any:
    """What a translated program returned, as a pytree of arrays like `example`."""
    if example is None:
        assert found is None
        return None
    if isinstance(example, dict):
        assert set(found) == set(example)
        return {key: like(example[key], found[key]) for key in example}
    if isinstance(example, tuple) and hasattr(example, "_fields"):
        assert set(found) == set(example._fields)
        return type(example)(*(like(getattr(example, k), found[k]) for k in example._fields))
    if isinstance(example, list | tuple):
        assert len(found) == len(example)
        return type(example)(like(a, b) for a, b in zip(example, found, strict=True))
    if isinstance(example, jax.Array) and jnp.issubdtype(example.dtype, jax.dtypes.prng_key):
        example = jax.random.key_data(example)
    expected = np.asarray(example)
    array = np.asarray(found, dtype=expected.dtype)
    assert array.shape == expected.shape
    return array


def translated(fun: Any, *calls: tuple[Any, ...]) -> Program:
    """The program of a function, to be run with these arguments."""
    return Program(to_javascript(fun, *calls[0]), calls)


def outputs(fun: Any, results: Sequence[Any], calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Pairs of what JAX returns, under jit, and what the translated program returned."""
    jitted = jax.jit(fun)
    pairs = []
    for call, result in zip(calls, results, strict=True):
        assert "out" in result, result
        expected = jitted(*call)
        pairs.append((expected, like(expected, result["out"])))
    return pairs
