"""One job at a time, at most one waiting, the latest; and nobody left alone with it. No widgets."""

import threading
from collections.abc import Iterator

from aewidgets.widgets.base.worker import Stopped, Worker

SOON = 20  # seconds: only a hang takes as long


def no_more() -> Iterator[None]:
    return iter(())


def test_the_latest_question_wins_and_no_more_than_one_waits():
    seen: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def answer(question: int) -> None:
        seen.append(question)
        begun.set()
        assert go.wait(SOON)

    worker = Worker(answer, no_more)
    worker.ask(0)
    assert begun.wait(SOON)
    for question in range(1, 6):
        worker.ask(question)
    go.set()
    assert worker.wait(SOON)
    assert seen == [0, 5]


def test_a_newer_question_ends_the_older_at_its_checkpoint():
    begun, stopped = threading.Event(), threading.Event()

    def answer(question: int) -> None:
        if question:
            return
        begun.set()
        for _ in range(2000):
            try:
                worker.checkpoint()
            except Stopped:
                stopped.set()
                raise
            threading.Event().wait(0.01)

    worker = Worker(answer, no_more)
    worker.ask(0)
    assert begun.wait(SOON)
    worker.ask(1)
    assert stopped.wait(SOON)
    assert worker.wait(SOON)


def test_an_answer_waits_for_quiet_and_ends_where_somebody_asks_meanwhile():
    seen: list[str] = []
    begun = threading.Event()

    def answer(question: int) -> None:
        if question == 0:
            begun.set()
        try:
            worker.checkpoint(SOON if question == 0 else 0.01)
        except Stopped:
            seen.append(f"{question} stopped")
            raise
        seen.append(f"{question} went on")

    worker = Worker(answer, no_more)
    worker.ask(0)
    assert begun.wait(SOON)
    worker.ask(1)
    assert worker.wait(SOON / 2)  # the first did not wait to the end
    assert seen == ["0 stopped", "1 went on"]


def test_cancelling_drops_what_waits_and_ends_what_runs():
    seen: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def answer(question: int) -> None:
        seen.append(question)
        begun.set()
        assert go.wait(SOON)
        worker.checkpoint()
        seen.append(-1)

    worker = Worker(answer, no_more)
    worker.ask(0)
    assert begun.wait(SOON)
    worker.ask(1)
    worker.cancel()
    go.set()
    assert worker.wait(SOON)
    assert seen == [0]
    worker.ask(2)
    assert worker.wait(SOON)
    assert seen == [0, 2, -1]


def test_further_work_waits_for_questions_and_goes_on_after_them():
    order: list[str] = []
    step = threading.Event()

    def further() -> Iterator[None]:
        for number in range(3):
            order.append(f"step {number}")
            if number == 0:
                worker.ask("late")
            yield
        step.set()

    worker = Worker(lambda question: order.append(question), further)
    worker.ask("first")
    assert step.wait(SOON)
    assert worker.wait(SOON)
    assert order == ["first", "step 0", "late", "step 1", "step 2"]


def test_forgotten_work_is_not_taken_up_again():
    order: list[str] = []

    def further() -> Iterator[None]:
        order.append("step")
        worker.forget()
        yield
        order.append("never")

    worker = Worker(lambda question: None, further)
    worker.ask(0)
    assert worker.wait(SOON)
    assert order == ["step"]


def test_an_idle_worker_has_no_thread():
    worker = Worker(lambda question: None, no_more)
    worker.ask(0)
    assert worker.wait(SOON)
    assert not worker.busy
