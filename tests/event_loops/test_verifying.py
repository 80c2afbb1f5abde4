"""In an event loop the process verifies by what it knows, and only a look at the keys takes a thread."""

import asyncio
from contextlib import suppress
from threading import local

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.db import OperationalError, connections

from django_jwtkit import keys, signals, tokens
from django_jwtkit.errors import InsideEventLoop, KeyringStale, NoUsableKey, ServiceUnavailable, UnknownKey
from django_jwtkit.jose import Key, jwt
from django_jwtkit.keys import State
from django_jwtkit.keys.snapshots import memory
from tests.keys.memories import another_process, remembered
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)  # for threads to see

YOUNG, AGED, STALE = 9, 11, 3601  # seconds: KEYRING_MAX_AGE is 10, KEYRING_MAX_STALE 3600


@pytest.fixture
def loads(monkeypatch):
    """The looks at the database."""
    loads, read = [], memory.read

    def count(address, *rest):
        loads.append(address.ring)
        return read(address, *rest)

    monkeypatch.setattr(memory, "read", count)
    return loads


def test_a_young_snapshot_answers_without_a_thread(in_loop, text, clock):
    """Both forms, of a token that is new to the process and of one that is not."""
    clock.now += YOUNG
    for verify in (tokens.verify, tokens.averify):
        remembered().snapshot.proven._proofs.clear()
        for _ in range(2):
            assert in_loop(verify, text)["sub"]
            assert (in_loop.sent, in_loop.started) == ([], [])


def test_a_cold_process_names_the_twin_and_reads_the_keys(in_loop, text, reloaded):
    keys.forget()
    with pytest.raises(ServiceUnavailable, match=r"await tokens\.averify\(") as error:
        in_loop(tokens.verify, text)
    assert error.value.retry_after == 1
    reloaded()
    assert in_loop(tokens.verify, text)["sub"]


@pytest.mark.parametrize("seconds", [None, AGED, STALE])
def test_the_twin_looks_in_one_thread(in_loop, text, clock, loads, seconds):
    """Cold, and when the snapshot is too old; the next call has a young one."""
    if seconds is None:
        keys.forget()
    else:
        clock.now += seconds
    assert in_loop(tokens.averify, text)["sub"]
    assert (len(in_loop.sent), in_loop.started, loads) == (1, [], ["access"])
    assert in_loop(tokens.averify, text)["sub"]
    assert (in_loop.sent, len(loads)) == ([], 1)


def test_an_aged_snapshot_answers_while_one_thread_looks(in_loop, text, clock, loads, reloaded):
    """However many tokens come meanwhile."""
    clock.now += AGED

    def verify_twice():
        return tokens.verify(text), tokens.verify(text)

    assert in_loop(verify_twice)
    reloaded()
    assert (in_loop.sent, len(in_loop.started), loads) == ([], 1, ["access"])
    assert remembered().snapshot.looked_at == clock.now


def test_a_stale_snapshot_never_answers(in_loop, text, clock, reloaded):
    """After KEYRING_MAX_STALE: a 503 until the thread has looked."""
    clock.now += STALE
    with pytest.raises(InsideEventLoop, match="averify"):
        in_loop(tokens.verify, text)
    reloaded()
    assert in_loop(tokens.verify, text)["sub"]


def test_a_database_that_is_away_starts_no_second_thread(in_loop, text, clock, monkeypatch, reloaded):
    """Within KEYRING_MAX_AGE of a failure the snapshot goes on, as it does in a thread."""

    def fail(*_):
        raise OperationalError("away")

    monkeypatch.setattr(memory, "read", fail)
    clock.now += AGED
    assert in_loop(tokens.verify, text)
    reloaded()
    assert in_loop(tokens.verify, text)
    assert in_loop.started == []
    clock.now += STALE
    for verify in (tokens.averify, tokens.verify):
        with pytest.raises(KeyringStale):
            in_loop(verify, text)


@committed
@pytest.mark.threat("KEY-006")
def test_a_revocation_elsewhere_is_obeyed_within_keyring_max_age(in_loop, text, clock, reloaded):
    """The look that the thread took arrives: the next token is refused."""
    with another_process():
        keys.revoke(key_in(State.ACTIVE).kid, reason="leaked")
    clock.now += AGED
    in_loop(tokens.verify, text)
    reloaded()
    for verify in (tokens.verify, tokens.averify):
        with pytest.raises(UnknownKey):
            in_loop(verify, text)


@committed
def test_a_new_key_is_found(in_loop, alice, text, loads, reloaded):
    """The twin finds it at once, the sync form when the thread has looked."""
    with another_process():
        keys.rotate("access", at_once=True, force=True)
        keys.rotate("access", at_once=True, force=True)
        new = tokens.issue(alice)
    before = remembered().snapshot
    loads.clear()
    assert in_loop(tokens.averify, new)["sub"]
    assert (len(in_loop.sent), loads) == (1, ["access"])

    remembered().snapshot, remembered().extra_look_at = before, None
    with suppress(UnknownKey):  # the thread may be quicker
        in_loop(tokens.verify, new)
    reloaded()
    assert in_loop(tokens.verify, new)["sub"]


@pytest.mark.threat("KID-023")
@pytest.mark.parametrize("verify", [tokens.verify, tokens.averify])
def test_a_hundred_unknown_kids_cost_one_thread(in_loop, text, loads, reloaded, verify):
    """As ever, one look an interval."""
    tokens.verify(text)
    loads.clear()
    forged = jwt.encode(tokens.verify(text), Key.generate("ES256"), typ="at+jwt")
    taken = 0
    for _ in range(100):
        with pytest.raises(UnknownKey):
            in_loop(verify, forged)
        taken += len(in_loop.sent) + len(in_loop.started)
        reloaded()
    assert (taken, len(loads)) == (1, 1)


def test_ten_at_once_in_a_cold_process_make_one_load(text, loads):
    """Ten requests, each with a thread of its own, as under an ASGI server."""
    keys.forget()

    async def one_request():
        async with ThreadSensitiveContext():
            try:
                return await tokens.averify(text)
            finally:
                await sync_to_async(connections.close_all)()

    async def ten():
        return await asyncio.gather(*(one_request() for _ in range(10)))

    assert len(async_to_sync(ten)()) == 10
    assert loads == ["access"]


def name_scope():
    """Return one scope for all."""
    return "acme"


@pytest.mark.threat("TEN-007")
def test_a_scope_is_asked_in_the_thread_of_the_connections(in_loop, text, settings):
    """django-tenants keeps the schema there. In the loop it might be another tenant's."""
    settings.JWTKIT = {"KEYRING_SCOPE": f"{__name__}.name_scope"}
    with pytest.raises(InsideEventLoop, match="averify"):
        in_loop(tokens.verify, text)
    with pytest.raises(NoUsableKey):  # nothing of scope "acme" is vouched for
        in_loop(tokens.averify, text)
    assert len(in_loop.sent) == 1


class ByThread:
    """Names the database that the present thread has chosen."""

    chosen = local()

    def db_for_read(self, *_, **__):
        return getattr(self.chosen, "alias", "of_nobody")

    db_for_write = db_for_read


@pytest.mark.threat("TEN-007")
def test_a_router_is_asked_in_the_thread_of_the_connections(in_loop, text, settings):
    """One that keeps its choice in a `threading.local` answers for another thread in the loop."""
    settings.DATABASE_ROUTERS = [f"{__name__}.ByThread"]
    ByThread.chosen.alias = "default"
    assert in_loop(tokens.averify, text)["sub"]
    assert len(in_loop.sent) == 1


@committed
def test_a_key_that_seems_misused_is_no_alarm_before_the_look(in_loop, alice, text, listen, reloaded):
    """Another process may have rotated the ring a second ago: the sync form says 503, the twin looks."""
    misused = listen(signals.key_misused)
    with another_process():
        keys.rotate("access", at_once=True, force=True)
        new = tokens.issue(alice)
    before = remembered().snapshot
    assert in_loop(tokens.averify, new)["sub"]

    remembered().snapshot = before
    with pytest.raises(InsideEventLoop, match="averify"):
        in_loop(tokens.verify, new)
    reloaded()
    assert in_loop(tokens.verify, new)["sub"]
    assert misused == []
