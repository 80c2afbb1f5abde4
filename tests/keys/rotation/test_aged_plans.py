"""A plan that has waited for the lock on its ring is not carried out as if no time had passed."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from django_jwtkit import keys, moments, tokens
from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, State, StoredKey
from django_jwtkit.keys.changing import execution
from tests.keys.rows import key_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.threat("KEY-009")]

WAIT = 2.5  # seconds
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def tight_ages(settings):
    """Allow clocks and snapshots one second, so that a wait of two does what minutes would do."""
    settings.JWTKIT = {"CLOCK_SKEW": SECOND, "SIGNING_MAX_AGE": SECOND, "KEYRING_MAX_AGE": SECOND}


@pytest.fixture
def alice(django_user_model):
    keys.make_missing("default")
    return django_user_model.objects.create_user("alice")


@contextmanager
def another_connection_locks_the_ring() -> Iterator[None]:
    """Lock the ring's row, as a transaction left open in psql does; in SQLite the whole file."""
    locked, release = threading.Event(), threading.Event()

    def lock() -> None:
        if connection.vendor == "sqlite":
            other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            release.wait()
            other.execute("ROLLBACK")
            other.close()
            return
        with transaction.atomic():
            list(Ring.objects.select_for_update().filter(name="access"))
            locked.set()
            release.wait()
        connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    locked.wait()
    try:
        yield
    finally:
        release.set()
        thread.join()


def delayed(change: Callable[[], object], meanwhile: Callable[[], object]) -> datetime:
    """Call `change`, which waits for the lock, and `meanwhile` until that is released; return when."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            change()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        connection.close()

    thread = threading.Thread(target=run)
    with another_connection_locks_the_ring():
        thread.start()
        ends = time.monotonic() + WAIT
        while time.monotonic() < ends:
            time.sleep(0.25)
            meanwhile()
        released = moments.now()
    thread.join()
    if failures:
        raise failures[0]
    return released


def rotate_at_once() -> None:
    keys.rotate("access", at_once=True, force=True)


def revoke_the_standby() -> None:
    keys.revoke(key_in(State.STANDBY).kid, reason="test")


CHANGES = {
    "rotate at once": rotate_at_once,
    "revoke": revoke_the_standby,
    "generate": lambda: keys.generate("access"),
    "import": lambda: keys.import_key("access", Key.generate("ES256")),
}


@pytest.fixture
def only_the_swap_waits(monkeypatch):
    """Let the lock be taken between the plan and its transaction: earlier statements would wait as well."""
    if connection.vendor != "sqlite":
        return
    monkeypatch.setattr(execution, "_ensure_row", lambda _: None)


@pytest.mark.threat("CLK-004")
@pytest.mark.parametrize("name", CHANGES)
def test_every_token_issued_meanwhile_is_accepted(name, alice, only_the_swap_waits):
    """The history dates the change after the wait, not before it."""
    texts, begins = [tokens.issue(alice)], moments.now()
    released = delayed(CHANGES[name], lambda: texts.append(tokens.issue(alice)))
    texts.append(tokens.issue(alice))
    keys.forget()
    assert {tokens.verify(text)["sub"] for text in texts} == {str(alice.pk)}
    dates = set(keys.KeyEvent.objects.filter(ring_id="access", at__gt=begins).values_list("at", flat=True))
    assert dates
    assert min(dates) >= released
    assert len(texts) > 5


def test_a_due_rotation_is_planned_again_after_the_wait(alice, only_the_swap_waits):
    """The next standby is dated at the moment when all can see it."""
    StoredKey.objects.filter(ring_id="access", pk=key_in(State.STANDBY).pk).update(revoked_at=moments.now())
    begins = moments.now()
    delayed(lambda: keys.rotate("access"), lambda: None)
    standby = StoredKey.objects.filter(ring_id="access", published_at__gt=begins).get()
    assert standby.published_at > begins + timedelta(seconds=WAIT) - SECOND


def test_the_keys_of_an_old_plan_are_used_again(alice, only_the_swap_waits, monkeypatch):
    """An RSA key takes longer to make than a plan may be old: it is made once."""
    algorithms = []
    generate = Key.generate

    def slow(algorithm: str, **options: object) -> Key:
        algorithms.append(algorithm)
        time.sleep(1.2)
        key = generate(algorithm, **options)
        while (key.kid or "").startswith("-"):  # one in 64, which would be made again
            key = generate(algorithm, **options)
        return key

    monkeypatch.setattr(Key, "generate", slow)
    delayed(lambda: keys.generate("access"), lambda: None)
    assert algorithms == ["ES256"]


def test_a_moment_that_is_passed_in_is_obeyed(alice, only_the_swap_waits):
    """`now=` takes precedence over every clock, so no plan is too old."""
    now = moments.now()
    delayed(lambda: keys.rotate("access", at_once=True, force=True, now=now), lambda: None)
    assert StoredKey.objects.filter(ring_id="access", sign_from=now).exists()
