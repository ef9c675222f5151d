"""A page's end of the comm, without a page: it records what Python sends and can answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

import gradwidget as gw
from gradwidget.widget import protocol


class Page(BaseComm):
    """The comm of one widget; ``sent`` holds every message's data and buffers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(*args, **kwargs)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        self.sent.append((data or {}, list(buffers or [])))

    def receive(self, **content: Any) -> None:
        """A custom message from the page."""
        self.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )

    def update(self, **state: Any) -> None:
        """Traits set in the page."""
        self.handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})

    def custom(self, kind: str) -> list[tuple[dict[str, Any], list[bytes]]]:
        """The custom messages of one type, with their buffers."""
        return [
            (data["content"], buffers)
            for data, buffers in list(self.sent)
            if data.get("method") == "custom" and data["content"]["type"] == kind
        ]

    def states(self, name: str) -> list[Any]:
        """The values of a synced trait that were sent, in order."""
        values = []
        for data, buffers in list(self.sent):
            state = dict(data.get("state", {})) if data.get("method") == "update" else {}
            for (key, *_), buffer in zip(data.get("buffer_paths", []), buffers, strict=False):
                state[key] = buffer
            if name in state:
                values.append(state[name])
        return values

    def frames(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every frame that was sent, unpacked, in the order of their numbers."""
        raw = [buffers[0] for _, buffers in self.custom(protocol.FRAME)]
        raw += [frame for frame in self.states("_frame") if frame]
        return sorted((protocol.unpack(bytes(f)) for f in raw), key=lambda f: f[0]["number"])

    def draws(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every message of draws, unpacked."""
        return [protocol.unpack(bytes(b[0])) for _, b in self.custom(protocol.DRAWS)]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., gw.GradWidget]]:
    """Make widgets whose comm is a :class:`Page`; they are closed after the test."""
    monkeypatch.setattr(comm, "create_comm", lambda *args, **kwargs: Page(*args, **kwargs))
    made: list[gw.GradWidget] = []

    def build(*args: Any, **kwargs: Any) -> gw.GradWidget:
        # What the page computes with takes seconds to translate, and has tests of its own.
        kwargs.setdefault("engine", "kernel")
        widget = gw.GradWidget(*args, **kwargs)
        made.append(widget)
        assert isinstance(widget.comm, Page)
        return widget

    yield build
    for widget in made:
        widget.close()


@pytest.fixture
def settle() -> Callable[[gw.GradWidget], None]:
    """Wait until a widget has nothing more to do by itself."""

    def wait(widget: gw.GradWidget, timeout: float = 120.0) -> None:
        workers = (widget._worker, widget._completer)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for worker in workers:
                worker.join(timeout)
            # Each may have woken the other: done is when both are found idle in one look.
            if all(worker.join(0) for worker in workers):
                return
        raise AssertionError("the widget is still busy")

    return wait
