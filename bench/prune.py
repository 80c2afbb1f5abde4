"""Measure `prune_sessions` beside live traffic on PostgreSQL: time, statements, lock waits.

    python -m bench.prune                       # 100,000 dead among 200,000
    python -m bench.prune --dead 1000000 --alive 1000000

It makes and drops a database of its own. While it prunes, clients refresh, log in and log out. Their times
are compared with those of the same clients a moment earlier.
"""
# ruff: noqa: T201, E402 - it prints; models want a project

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings")
os.environ["JWTKIT_DATABASE"] = "postgresql"
django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, connections

from bench.crowd import Crowd
from django_jwtkit import sessions, tokens

CLIENTS = 4
QUIET = 5.0  # seconds of traffic without a pruning
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@dataclass
class Traffic:
    """The requests of all clients: seconds by phase, and errors."""

    phase: str = "quiet"
    stop: bool = False
    took: dict[str, list[float]] = field(default_factory=lambda: {"quiet": [], "pruning": []})
    errors: list[str] = field(default_factory=list)
    samples: dict[str, list[int]] = field(default_factory=lambda: {"quiet": [], "pruning": []})

    def threads(self) -> list[threading.Thread]:
        works = [self.refresh] * (CLIENTS - 1) + [self.come_and_go, self.watch]
        return [threading.Thread(target=self.until_stopped, args=(work,)) for work in works]

    def until_stopped(self, work: Callable[[], Iterator[None]]) -> None:
        try:
            for _ in work():
                if self.stop:
                    break
        except Exception as error:  # noqa: BLE001 - each is a finding
            self.errors.append(repr(error))
        finally:
            connection.close()

    def refresh(self) -> Iterator[None]:
        """A client that refreshes again and again."""
        pair = sessions.start(somebody())
        while True:
            with self.timed():
                pair = sessions.refresh(pair.refresh)
            yield

    def come_and_go(self) -> Iterator[None]:
        """Logins and logouts."""
        user = somebody()
        while True:
            with self.timed():
                pair = sessions.start(user)
            with self.timed():
                sessions.end(str(tokens.verify(pair.access)["sid"]))
            yield

    def watch(self) -> Iterator[None]:
        """Count the connections that wait for a lock, fifty times a second."""
        while True:
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                self.samples[self.phase].append(cursor.fetchone()[0])
            time.sleep(0.02)
            yield

    @contextmanager
    def timed(self) -> Iterator[None]:
        phase, began = self.phase, time.perf_counter()
        yield
        self.took[phase].append(time.perf_counter() - began)


def somebody() -> AbstractBaseUser:
    return get_user_model().objects.order_by("?").first()


@contextmanager
def database() -> Iterator[None]:
    """A database for this process alone."""

    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"jwtkit_prune_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(before, verbosity=0)


def prune(batch: int) -> tuple[int, list[float]]:
    """Prune; return the number of deleted rows and the seconds of each statement."""

    took: list[float] = []

    def clock(execute, *rest):  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        try:
            return execute(*rest)
        finally:
            took.append(time.perf_counter() - began)

    with connection.execute_wrapper(clock):
        return sessions.prune(batch=batch), took


def tell(traffic: Traffic, phase: str) -> None:
    """Print one line about the clients in `phase`."""
    took, samples = [seconds * 1000 for seconds in traffic.took[phase]], traffic.samples[phase]
    print(
        f"{phase:8} {len(took):6} requests: median {median(took):.1f} ms, 99th percentile "
        f"{quantiles(took, n=100)[98]:.1f} ms, longest {max(took):.0f} ms; a client waited for a lock in "
        f"{sum(map(bool, samples))} of {len(samples)} samples"
    )


def beside_traffic(batch: int) -> Traffic:
    """Prune while clients work, after some quiet seconds; print how long it took."""
    traffic = Traffic()
    threads = traffic.threads()
    for thread in threads:
        thread.start()
    time.sleep(QUIET)
    traffic.phase, began = "pruning", time.perf_counter()
    gone, took = prune(batch)
    seconds, traffic.stop = time.perf_counter() - began, True
    for thread in threads:
        thread.join()
    print(
        f"{gone:,} deleted in {seconds:.0f} s, {gone / seconds:,.0f} per second, by {len(took)} statements; "
        f"the longest took {max(took) * 1000:.0f} ms"
    )
    return traffic


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dead", type=int, default=100_000)
    parser.add_argument("--alive", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1000)
    options = parser.parse_args()
    with database():
        began = time.perf_counter()
        total = options.dead + options.alive
        Crowd(users=10_000, sessions=total, dead=options.dead).write(connection)
        print(f"{options.dead:,} dead among {total:,}, written in {time.perf_counter() - began:.0f} s")
        traffic = beside_traffic(options.batch)
        for phase in ("quiet", "pruning"):
            tell(traffic, phase)
        print(f"{deadlocks()} deadlocks, {len(traffic.errors)} errors {traffic.errors[:3]}")


if __name__ == "__main__":
    main()
