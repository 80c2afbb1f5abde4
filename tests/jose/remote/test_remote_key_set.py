"""A service that only verifies has the publisher's keys: fetched once, refreshed ahead of time, and kept."""

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_jwtkit.errors import KeySetUnavailable, ServiceUnavailable, UnknownKey
from django_jwtkit.jose import Key, KeySet, RemoteKeySet, jwt
from django_jwtkit.jose.remote.flight import Flight
from tests.jose.remote.publisher import unused_port

NOW = int(time.time())  # as each test begins
FIRST, SECOND = Key.generate("ES256", kid="first"), Key.generate("ES256", kid="second")
HOUR = 3600
PATIENCE = 30  # seconds, on a busy machine


def remote(publisher, **options):
    return RemoteKeySet(publisher.url, algorithms={"ES256"}, private_addresses=True, **options)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setitem(globals(), "NOW", int(time.time()))


def find(keys, kid="first", at=None):
    return keys.find({"alg": "ES256", "kid": kid}, NOW if at is None else at)


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def test_a_token_is_verified_by_the_key_that_its_issuer_publishes(publisher):
    publisher.publish(FIRST)
    text = jwt.encode({"sub": "7", "exp": int(time.time()) + 60}, FIRST)
    keys = remote(publisher)
    for _ in range(3):
        assert jwt.decode(text, keys, algorithms={"ES256"})["sub"] == "7"
    assert publisher.fetches == 1


def test_nothing_is_fetched_before_the_first_token(publisher):
    keys = remote(publisher)
    assert publisher.fetches == 0
    assert repr(keys) == f"<RemoteKeySet {publisher.url}, not fetched yet>"


def test_what_cannot_be_used_is_listed_with_its_reason(publisher):
    publisher.behaviour = lambda handler: handler.answer(
        b'{"keys": [%b, {"kty": "oct", "kid": "odd", "k": "AAAA"}]}'
        % str(FIRST.public().to_dict()).replace("'", '"').encode()
    )
    keys = remote(publisher)
    assert find(keys) == FIRST.public()
    assert [kid for kid, _ in keys.skipped] == ["odd"]


@pytest.mark.threat("SSRF-001")
def test_a_flood_of_unknown_keys_is_one_fetch_a_cooldown(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    for number in range(200):
        with pytest.raises(UnknownKey):
            find(keys, f"forged-{number}", NOW + 1)
    assert publisher.fetches == 2
    with pytest.raises(UnknownKey):
        find(keys, "forged", NOW + 31)
    assert publisher.fetches == 3


def test_a_new_key_is_found_by_the_fetch_that_it_causes(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.publish(FIRST, SECOND)
    assert find(keys, "second") == SECOND.public()


def test_a_flood_delays_a_new_key_by_one_cooldown_at_most(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    with pytest.raises(UnknownKey):
        find(keys, "forged")
    publisher.publish(FIRST, SECOND)
    with pytest.raises(UnknownKey):
        find(keys, "second", NOW + 29)
    assert find(keys, "second", NOW + 31) == SECOND.public()


def test_a_key_that_is_no_longer_published_is_refused_after_the_next_fetch(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.publish(SECOND)
    assert find(keys, "second") == SECOND.public()
    with pytest.raises(UnknownKey):
        find(keys, "first")


@pytest.mark.threat("SSRF-012")
def test_the_set_is_refreshed_ahead_of_time_and_nobody_waits(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher, timeout=2 * PATIENCE)
    find(keys)
    publisher.publish(FIRST, SECOND)
    began, release, answered = threading.Event(), threading.Event(), threading.Event()
    behaviour = publisher.behaviour

    def slow(handler):
        began.set()
        release.wait(PATIENCE)
        answered.set()
        behaviour(handler)

    publisher.behaviour = slow
    find(keys, at=NOW + 500)
    assert began.wait(PATIENCE)
    find(keys, at=NOW + 501)
    assert not answered.is_set()
    release.set()
    wait_until(lambda: repr(keys).endswith("2 keys>"))
    assert publisher.fetches == 2


@pytest.mark.parametrize(
    ("said", "due"), [("max-age=120", 97), ("max-age=1", 49), ("max-age=99999", 481), ("", 481)]
)
def test_the_publisher_may_ask_for_an_earlier_refresh(publisher, said, due):
    publisher.publish(FIRST, Cache_Control=f"public, {said}")
    keys = remote(publisher)
    find(keys)
    find(keys, at=NOW + due - 2)
    assert publisher.fetches == 1
    find(keys, at=NOW + due)
    wait_until(lambda: publisher.fetches == 2)


def test_what_has_not_changed_is_not_sent_again(publisher):
    publisher.publish(FIRST, ETag='"one"')
    keys = remote(publisher)
    find(keys)
    publisher.behaviour = lambda handler: handler.answer(b"", 304)
    keys.refresh()
    assert publisher.requests[1][1]["If-None-Match"] == '"one"'
    assert find(keys, at=NOW) == FIRST.public()


@pytest.mark.threat("SSRF-002", "SSRF-010")
def test_an_outage_takes_no_known_key_away_for_a_day(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.fail()
    with pytest.raises(KeySetUnavailable):
        keys.refresh()
    assert find(keys, at=NOW + 24 * HOUR) == FIRST.public()
    with pytest.raises(ServiceUnavailable):
        find(keys, at=NOW + 24 * HOUR + 1)


@pytest.mark.threat("SSRF-008", "SSRF-009")
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome</html>",
        b"[]",
        b"{}",
        b'{"keys": []}',
        b'{"keys": {}}',
        b'{"error": "try later"}',
        b'{"keys": [{"kty": "oct", "kid": "first", "k": "AAAA"}]}',
        b'{"keys": [], "keys": []}',
        b'{"keys": [NaN]}',
        b"\xff\xfe",
        b"[" * 10_000,
        b"",
    ],
)
def test_an_answer_without_a_usable_key_leaves_those_of_before(publisher, body):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.behaviour = lambda handler: handler.answer(body)
    with pytest.raises(KeySetUnavailable):
        keys.refresh()
    assert find(keys) == FIRST.public()


@pytest.mark.threat("SSRF-003")
def test_an_older_answer_never_takes_the_place_of_a_newer_one(publisher):
    """A refresh during a slow fetch waits for that one: no two answers can overtake each other."""
    publisher.publish(FIRST)
    answer, running, refreshing = publisher.behaviour, threading.Event(), threading.Event()

    def slow(handler):
        running.set()
        refreshing.wait(PATIENCE)
        time.sleep(0.3)
        answer(handler)

    publisher.behaviour = slow
    keys = remote(publisher, timeout=2 * PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(find, keys)
        assert running.wait(PATIENCE)
        refreshing.set()
        keys.refresh()
        assert first.result() == FIRST.public()
    assert publisher.fetches == 1


def test_an_unknown_key_in_an_outage_is_not_to_blame(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.fail()
    for _ in range(3):
        with pytest.raises(KeySetUnavailable):
            find(keys, "second")
    assert publisher.fetches == 2
    publisher.publish(FIRST)
    keys.refresh()
    with pytest.raises(UnknownKey):
        find(keys, "second")


def test_a_cold_start_in_an_outage_asks_once_a_cooldown(publisher):
    publisher.fail()
    keys = remote(publisher)
    for _ in range(5):
        with pytest.raises(KeySetUnavailable, match="500"):
            find(keys)
    assert publisher.fetches == 1
    publisher.publish(FIRST)
    assert find(keys, at=NOW + 30) == FIRST.public()


def test_a_cold_start_leaves_the_budget_of_unknown_keys_alone(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    publisher.publish(SECOND)
    assert find(keys, "second") == SECOND.public()


def test_many_threads_cause_one_fetch(publisher):
    publisher.publish(FIRST)
    answer = publisher.behaviour

    def slow(handler):
        time.sleep(0.2)
        answer(handler)

    publisher.behaviour = slow
    keys = remote(publisher)
    with ThreadPoolExecutor(16) as pool:
        assert {key.kid for key in pool.map(lambda _: find(keys), range(16))} == {"first"}
    assert publisher.fetches == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_fetches_for_itself(publisher):
    """Also while a thread of its parent fetches: that fetch is not the child's to wait for."""
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys)
    keys._fetched._flight._flight = Flight()
    publisher.publish(FIRST, SECOND)
    child = os.fork()
    if child == 0:
        os._exit(0 if find(keys, "second").kid == "second" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_event_loop_never_waits(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)

    async def ask():
        with pytest.raises(KeySetUnavailable, match="event loop"):
            find(keys)

    asyncio.run(ask())
    wait_until(lambda: repr(keys).endswith("1 keys>"))

    async def ask_again():
        return find(keys)

    assert asyncio.run(ask_again()) == FIRST.public()


def test_a_clock_that_is_set_back_refreshes_soon(publisher):
    publisher.publish(FIRST)
    keys = remote(publisher)
    find(keys, at=NOW + 24 * HOUR)
    find(keys, at=NOW)
    wait_until(lambda: publisher.fetches == 2)


@pytest.mark.parametrize("name", ["refresh_every", "cooldown", "timeout", "max_stale"])
@pytest.mark.parametrize("value", [0.5, 0, -1, float("nan"), 1e9, True, "5", None])
def test_spans_are_seconds_from_one(name, value):
    with pytest.raises((TypeError, ValueError), match=f"{name} must be"):
        RemoteKeySet("https://keys.example.com/jwks", **{name: value})


@pytest.mark.parametrize(
    "options", [{"algorithms": "RS256"}, {"algorithms": {"HS256"}}, {"algorithms": set()}, {"use": 7}]
)
def test_a_wrong_call_is_said_at_once(options):
    with pytest.raises((TypeError, ValueError)):
        RemoteKeySet("https://keys.example.com/jwks", **options)


def test_a_day_and_a_half_of_rotations_and_an_outage_refuses_no_good_token(publisher):
    """60 virtual hours: a new key every two hours, published two hours before it signs; down for 23 hours."""
    ring = [Key.generate("ES256", kid=f"turn-{number}") for number in range(32)]
    keys = remote(publisher)
    for minute in range(60 * 60):
        at, turn = NOW + 60 * minute, minute // 120
        if 20 * 60 <= minute < 43 * 60:
            turn = 10  # a publisher that is down rotates nothing
            publisher.fail()
        else:
            publisher.publish(*ring[max(turn - 1, 0) : turn + 2])
        assert find(keys, f"turn-{turn}", at).kid == f"turn-{turn}"
        if minute % 5 == 0:
            keys._fetched.refresh_if_due(at)
    assert publisher.fetches < 1500


def test_no_time_passes_where_a_port_is_closed():
    keys = RemoteKeySet(f"http://127.0.0.1:{unused_port()}/", private_addresses=True)
    with pytest.raises(KeySetUnavailable, match="cannot be fetched"):
        find(keys)


def test_the_keys_can_be_asked_for_by_a_published_set_too(publisher):
    publisher.publish(FIRST)
    assert find(remote(publisher)) == KeySet([FIRST.public()]).find({"kid": "first"})
