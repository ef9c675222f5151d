import threading
import time

from gradwidget.widget._worker import Worker


def test_it_works_until_there_is_nothing_left_and_then_ends() -> None:
    left = [3]
    done = threading.Event()

    def work() -> float | None:
        if left[0] == 0:
            done.set()
            return None
        left[0] -= 1
        return 0.0

    worker = Worker(work, "test")
    worker.wake()
    assert done.wait(5)
    assert worker.join(5)
    assert left == [0]
    assert "test" not in [thread.name for thread in threading.enumerate()]


def test_waking_during_work_has_it_looked_at_again() -> None:
    started, go_on = threading.Event(), threading.Event()
    calls = []

    def work() -> float | None:
        calls.append(len(calls))
        if len(calls) == 1:
            started.set()
            go_on.wait(5)
        return None

    worker = Worker(work, "test")
    worker.wake()
    assert started.wait(5)
    for _ in range(100):
        worker.wake()  # none of them queues
    go_on.set()
    assert worker.join(5)
    assert len(calls) == 2


def test_a_delay_is_cut_short_by_waking() -> None:
    woken_at: list[float] = []
    first = threading.Event()

    def work() -> float | None:
        woken_at.append(time.monotonic())
        first.set()
        return 60.0 if len(woken_at) == 1 else None

    worker = Worker(work, "test")
    worker.wake()
    assert first.wait(5)
    worker.wake()
    assert worker.join(5)
    assert len(woken_at) == 2
