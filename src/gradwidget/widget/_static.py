"""The built front end, as text."""

from __future__ import annotations

import base64
import functools
import importlib.resources

from ..publish import compress


@functools.cache
def static(name: str) -> str:
    """Text of a built front-end file; not its path, which would keep closed widgets alive."""
    file = importlib.resources.files("gradwidget") / "static" / name
    if not file.is_file():
        raise RuntimeError(
            f"gradwidget's front end is missing ({name}). In a checkout, `make build` makes it; "
            "otherwise install gradwidget again."
        )
    return file.read_text(encoding="utf-8")


# A notebook holds the module once for every widget: half as long, it unpacks itself.
_PACKED = """\
const packed = Uint8Array.from(atob("{code}"), (character) => character.charCodeAt(0));
const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
const blob = new Blob([await new Response(text).arrayBuffer()], {{ type: "text/javascript" }});
const url = URL.createObjectURL(blob);
const module = await import(url).finally(() => URL.revokeObjectURL(url));
export default module.default;
"""


@functools.cache
def packed(name: str) -> str:
    """Text of a module that is that of a front-end file, which it holds compressed."""
    return _PACKED.format(code=base64.b64encode(compress(static(name))).decode())
