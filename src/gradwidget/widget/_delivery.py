"""How messages leave for the page where a host does not take them from any thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

#: Has a message delivered.
Post = Callable[[Callable[[], None]], None]


def delivery(comm: Any) -> Post | None:
    """What brings messages to the thread on which a host takes them.

    Shiny sends in the event loop alone, in a session's name, and once the reactions of the moment
    have come to an end: a worker's message waits for none, so that an end is called for.

    Args:
        comm: the widget's, as the host has made it, in the host's own thread.

    Returns:
        What takes a call that sends; None where messages may be sent from everywhere, as Jupyter,
        marimo, Voila and Solara allow.
    """
    if not type(comm).__module__.startswith("shinywidgets"):
        return None
    from shiny import reactive
    from shiny.session import get_current_session, session_context

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # nobody is there to send anything
        return None
    session = get_current_session()
    flushes: set[asyncio.Task[None]] = set()

    async def flush() -> None:
        async with reactive.lock():
            await reactive.flush()

    def deliver(send: Callable[[], None]) -> None:
        with session_context(session):
            send()
            if not flushes:
                task = loop.create_task(flush())
                flushes.add(task)
                task.add_done_callback(flushes.discard)

    def post(send: Callable[[], None]) -> None:
        try:
            is_there = asyncio.get_running_loop() is loop
        except RuntimeError:
            is_there = False
        if is_there:
            send()
            return
        with contextlib.suppress(RuntimeError):  # the app has come to its end
            loop.call_soon_threadsafe(deliver, send)

    return post
