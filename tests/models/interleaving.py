"""Every interleaving of two or three calls on the real code and a real database, statement by statement.

Each call runs in a thread with a connection of its own, and waits before each SQL statement on the sessions'
table for its turn. `explore` plays all orders there are, depth first: a run follows a prefix and then lets
the first that waits go on; each turn at which another could have gone is the prefix of a run to come.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from django_jwtkit.errors import TokenError

TABLE = "jwtkit_session"
PATIENCE = 60  # seconds: a statement that waits for a lock would stop the whole run


class Step(NamedTuple):
    """The call whose statement was run, the statement's kind, and the calls that could have gone instead."""

    call: int
    verb: str
    options: tuple[int, ...]


def verb(sql: str) -> str:
    """Return the kind of a statement; AGE is that of `tests.support.aging`, which lets time pass."""
    return "AGE" if 'SET "rotated_at"' in sql.replace("`", '"') else sql.split(maxsplit=1)[0]


class Run:
    """The outcome of one interleaving: an answer (or the name of a refusal) for each call, and the steps."""

    def __init__(self, calls: Sequence[Callable[[], Any]], prefix: Sequence[int]) -> None:
        self.answers: list[Any] = [None] * len(calls)
        self.steps: list[Step] = []
        self._prefix, self._turn = list(prefix), threading.Condition()
        self._waiting: dict[int, str] = {}
        self._running = set(range(len(calls)))
        threads = [
            threading.Thread(target=self._call, args=(number, call)) for number, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        self._schedule()
        for thread in threads:
            thread.join()

    def first(self, call: int, verb: str) -> int:
        """Return when the call ran its first statement of that kind; later than all steps if it never did."""
        places = (at for at, step in enumerate(self.steps) if (step.call, step.verb) == (call, verb))
        return next(places, len(self.steps))

    def __str__(self) -> str:
        order = " ".join(f"{'ABC'[step.call]}:{step.verb}" for step in self.steps)
        return f"{order} -> {self.answers}"

    def _call(self, number: int, call: Callable[[], Any]) -> None:
        def gate(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if TABLE in sql:
                with self._turn:
                    self._waiting[number] = verb(sql)
                    self._running.discard(number)
                    self._turn.notify_all()
                    assert self._turn.wait_for(lambda: number in self._running, PATIENCE)
            return execute(sql, *rest)

        try:
            with connection.execute_wrapper(gate):
                self.answers[number] = call()
        except TokenError as error:
            self.answers[number] = type(error).__name__
        finally:
            connection.close()
            with self._turn:
                self._running.discard(number)
                self._turn.notify_all()

    def _schedule(self) -> None:
        with self._turn:
            while True:
                assert self._turn.wait_for(lambda: not self._running, PATIENCE)
                if not self._waiting:
                    return
                options = tuple(sorted(self._waiting))
                chosen = self._prefix[len(self.steps)] if len(self.steps) < len(self._prefix) else options[0]
                self.steps.append(Step(chosen, self._waiting.pop(chosen), options))
                self._running.add(chosen)
                self._turn.notify_all()


def explore(make: Callable[[], Sequence[Callable[[], Any]]]) -> Iterator[Run]:
    """Yield a run for each interleaving of the calls that `make` makes, anew for each."""
    prefixes: list[tuple[int, ...]] = [()]
    while prefixes:
        prefix = prefixes.pop()
        run = Run(make(), prefix)
        yield run
        taken = tuple(step.call for step in run.steps)
        for at in range(len(prefix), len(run.steps)):
            prefixes += [(*taken[:at], other) for other in run.steps[at].options if other != taken[at]]
