"""A background thread that lives only while there is work."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable

#: Those with a thread: a thread that XLA's compiler is in when the interpreter ends brings the
#: process down, so they are stopped and waited for.
_BUSY: weakref.WeakSet[Worker] = weakref.WeakSet()
_LAST_WORDS = 30.0  # seconds


class Worker:
    """Runs a piece of work again and again, in a thread of its own, until there is none left.

    JupyterLab delivers messages on threads that must not be kept waiting, and a cell that is
    busy must not stop a run: so handlers only note what is wanted and wake the worker. The
    thread ends when the work is done, so that an idle or forgotten widget keeps none alive.

    Args:
        work: does the most urgent thing there is. Returns 0 when there may be more to do now,
            a number of seconds after which to look again, or None when all is done. It must
            catch its own errors.
        name: the thread's name, for debugging.
    """

    def __init__(self, work: Callable[[], float | None], name: str) -> None:
        self._work = work
        self._name = name
        self._condition = threading.Condition()
        self._woken = False
        self._thread: threading.Thread | None = None
        self._stopped = False

    def wake(self) -> None:
        """Have the work looked at soon; safe from any thread, returns at once."""
        with self._condition:
            if self._stopped:
                return
            self._woken = True
            if self._thread is None:
                _BUSY.add(self)
                self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                self._thread.start()
            else:
                self._condition.notify()

    @property
    def is_current(self) -> bool:
        """Whether the caller is in the worker's thread."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """End the thread after what it is doing now; there is no waking it again."""
        with self._condition:
            self._stopped = True
            self._condition.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until there is no more work.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether the work is done.
        """
        thread = self._thread
        if thread is not None and not self.is_current:
            thread.join(timeout)
        return self._thread is None

    def _loop(self) -> None:
        while True:
            with self._condition:
                self._woken = False
            delay = self._work()
            with self._condition:
                if (delay is None and not self._woken) or self._stopped:
                    self._thread = None
                    _BUSY.discard(self)
                    return
                if self._woken or delay is None:
                    continue
                if delay > 0:
                    self._condition.wait(delay)


@atexit.register
def _stop_all() -> None:
    busy = list(_BUSY)
    for worker in busy:
        worker.stop()
    for worker in busy:
        worker.join(_LAST_WORDS)
