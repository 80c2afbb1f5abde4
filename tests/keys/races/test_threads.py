"""Many threads, one look: a thread that comes while another asks the database waits for the answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from django_jwtkit import keys, moments
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import State
from django_jwtkit.keys.snapshots import Proof, Proven, Snapshot, memory, proofs
from django_jwtkit.keys.snapshots.reading import RingState
from django_jwtkit.keys.store import current_store
from tests.keys.memories import remembered
from tests.keys.rows import header, key_in

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slow_database(clock, monkeypatch):
    """A look takes as long as the test wants: `under_way` is set while one is, `go_on` ends it."""
    read, under_way, go_on = memory.read, threading.Event(), threading.Event()
    rings = [current_store().ring(name) for name in ("access", "refresh")]
    taken = {ring: read(ring, None, {}) for ring in rings}  # threads have no part in a test's transaction

    def slow(address, *_):
        under_way.set()
        assert go_on.wait(10)
        return replace(taken[address], looked_at=clock.now)

    monkeypatch.setattr(memory, "read", slow)
    return under_way, go_on


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_of_an_idle_process_wait_for_the_first_ones_look(clock, slow_database, threads):
    """Two logins at once after a quiet minute: both get the key, none gets a 503."""
    under_way, go_on = slow_database
    snapshot = remembered().snapshot = Snapshot(remembered().address, RingState(), {}, clock.now - 61)
    assert snapshot.age() > timedelta(seconds=60)
    with ThreadPoolExecutor(threads) as pool:
        logins = [
            pool.submit(keys.signing_key, "access", now=moments.now(), lifetime=MINUTE)
            for _ in range(threads)
        ]
        assert under_way.wait(10)
        clock.now += 0.01
        go_on.set()
        assert {login.result(10).kid for login in logins} == {key_in(State.ACTIVE).kid}


def test_threads_that_meet_a_new_kid_wait_for_the_first_ones_look(clock, slow_database):
    """The one extra look of the interval answers all threads that came while it was under way."""
    under_way, go_on = slow_database
    remembered().snapshot = Snapshot(remembered().address, RingState(), {}, clock.now)
    ring, new = keys.keyring("access"), header(key_in(State.ACTIVE))
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(ring.find, new) for _ in range(4)]
        assert under_way.wait(10)
        go_on.set()
        assert {answer.result(10).kid for answer in answers} == {new["kid"]}


@pytest.mark.parametrize("has_snapshot", [True, False], ids=["a look by the clock", "the first look"])
def test_a_look_that_was_under_way_when_keys_were_changed_here_is_not_kept(clock, monkeypatch, has_snapshot):
    """Its rows are from before: the process that has revoked a key refuses it at once."""
    if has_snapshot:
        keys.keyring("access")
        clock.now += 11
    read = memory.read

    def overtaken(*arguments):
        taken = read(*arguments)
        monkeypatch.setattr(memory, "read", read)
        keys.revoke(key_in(State.ACTIVE).kid, reason="leaked")
        return taken

    kid = key_in(State.ACTIVE).kid
    monkeypatch.setattr(memory, "read", overtaken)
    keys.keyring("access")
    assert kid not in keys.keyring("access").snapshot.entries


def test_room_is_made_for_a_new_token_while_others_ask(monkeypatch, quick_switches):
    """No request fails because of it."""
    monkeypatch.setattr(proofs, "MAX_ENTRIES", 8)
    cache, proof, done = Proven(), Proof({}, (), None, None, 0, 0), threading.Event()

    def ask():
        while not done.is_set():
            for number in range(16):
                cache.get(str(number))

    def bring():
        for number in range(20_000):
            cache.put(str(number % 16), proof)

    with ThreadPoolExecutor(8) as pool:
        asking, bringing = [[pool.submit(call) for _ in range(4)] for call in (ask, bring)]
        try:
            for answer in bringing:
                answer.result(60)
        finally:
            done.set()
        for answer in asking:
            answer.result(60)
    assert len(cache) == 8
    assert cache._characters == sum(map(len, cache._proofs))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("idle", [61, 3601])
def test_parallel_requests_after_an_idle_time_are_all_served(monkeypatch, idle):
    """A thread that does not get the lock waits for the answer where its own snapshot is too old."""
    keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    memory = remembered()
    memory.snapshot = replace(memory.snapshot, looked_at=memory.snapshot.looked_at - idle)
    failures, ready = [], threading.Barrier(4)

    def sign():
        ready.wait()
        try:
            keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
            keys.keyring("access")
        except JWTKitError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
