"""The keyring of a process looks by the clock, never by what strangers send, and outlives the database."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_jwtkit import keys, moments
from django_jwtkit.errors import KeyringStale, UnknownKey
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.snapshots import memory, take_snapshot
from tests.keys.memories import another_process
from tests.keys.rows import header, key_in

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def queries():
    return CaptureQueriesContext(connection)


def test_a_warm_keyring_sends_no_query(clock):
    """For ten seconds no token costs a query."""
    active = key_in(State.ACTIVE)
    keys.keyring("access").find(header(active))
    clock.now += 9.9
    with queries() as queries_sent:
        keys.keyring("access").find(header(active))
    assert len(queries_sent) == 0


def test_after_ten_seconds_one_query_sees_that_nothing_changed(clock):
    """Only the generation is read, not the keys."""
    entry = keys.keyring("access").snapshot.entries
    clock.now += 10
    with queries() as queries_sent:
        again = keys.keyring("access")
    assert len(queries_sent) == 1
    assert again.snapshot.entries is entry


@pytest.mark.threat("KID-023", "SSRF-001")
def test_ten_thousand_unknown_kids_cost_one_look(clock):
    """Whatever an attacker sends: one extra look an interval."""
    ring = keys.keyring("access")
    with queries() as queries_sent:
        for number in range(10_000):
            with pytest.raises(UnknownKey):
                ring.find({"alg": "ES256", "kid": f"unknown{number}"})
    assert len(queries_sent) == 1


def test_a_key_of_another_process_is_found_by_the_extra_look(clock):
    """The first token after a forced rotation elsewhere makes this process look."""
    keys.keyring("access")
    with another_process():
        keys.rotate("access", at_once=True, force=True)
    new = key_in(State.STANDBY)
    assert keys.keyring("access").find(header(new)).kid == new.kid


def test_a_revocation_elsewhere_is_seen_within_keyring_max_age(clock):
    """Rule 4: own processes refuse within ten seconds."""
    active = key_in(State.ACTIVE)
    keys.keyring("access")
    with another_process():
        keys.revoke(active.kid, reason="leaked")
    assert keys.keyring("access").find(header(active))
    clock.now += 10
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))


def test_a_token_without_a_kid_is_refused():
    """Our rings never try all keys."""
    with pytest.raises(UnknownKey):
        keys.keyring("access").find({"alg": "ES256"})


@pytest.mark.threat("KEY-011")
def test_expired_and_denied_keys_are_unknown(settings):
    """What no longer verifies is no key at all."""
    active = key_in(State.ACTIVE)
    later = moments.now() + timedelta(days=200)
    with pytest.raises(UnknownKey):
        keys.keyring("access", now=later).find(header(active))
    settings.JWTKIT = {"DENY_KIDS": [active.kid]}
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert active.kid not in [key["kid"] for key in keys.jwks()["keys"]]


@pytest.mark.threat("KID-010", "KID-011")
def test_a_kid_is_compared_exactly():
    """No collation folds case or cuts a trailing space."""
    active = key_in(State.ACTIVE)
    for kid in (active.kid.swapcase(), active.kid + " ", active.kid[:-1]):
        with pytest.raises(UnknownKey):
            keys.keyring("access").find({"alg": "ES256", "kid": kid})


def test_verification_outlives_the_database(clock, away):
    """For KEYRING_MAX_STALE, then 503."""
    active = key_in(State.ACTIVE)
    keys.keyring("access")
    away()
    clock.now += 3600
    assert keys.keyring("access").find(header(active))
    clock.now += 1
    with pytest.raises(KeyringStale, match="migrate"):
        keys.keyring("access")


def test_signing_stops_earlier(clock, away):
    """A key that was rotated away must not go on signing: SIGNING_MAX_AGE."""
    keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    away()
    clock.now += 60
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    clock.now += 1
    with pytest.raises(KeyringStale):
        keys.signing_key("access", now=moments.now(), lifetime=MINUTE)


def test_a_database_that_is_away_is_asked_once_an_interval(clock, monkeypatch, away):
    """Requests don't queue up behind its time-out."""
    keys.keyring("access")
    away()
    clock.now += 10
    keys.keyring("access")
    queries_sent = []
    monkeypatch.setattr(memory, "read", lambda *_: queries_sent.append(1))
    clock.now += 9
    keys.keyring("access")
    assert queries_sent == []


def test_private_keys_are_opened_once(clock):
    """An RSA key takes 37 ms to parse: once per process, not per token, look or rotation."""
    first = keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    clock.now += 11
    keys.generate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTE) is first


@pytest.mark.threat("KEY-013", "KEY-012")
def test_the_jwks_shows_public_members_of_published_rings_only():
    """No private member, no symmetric key, no ring without PUBLISH."""
    published = keys.jwks()["keys"]
    assert {key["kid"] for key in published} == set(
        StoredKey.objects.filter(ring_id="access").values_list("kid", flat=True)
    )
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"} for key in published)


def test_a_symmetric_access_ring_publishes_nothing(settings):
    """HS256 in the access ring: the JWKS is empty of it."""
    settings.JWTKIT = {"ALGORITHM": "HS256"}
    keys.rotate("access")
    keys.rotate("access", at_once=True, force=True)
    assert "oct" not in {key["kty"] for key in keys.jwks()["keys"]}


def test_a_corrupt_public_part_takes_that_key_out_only():
    """The others go on; the log names the row."""
    active, standby = key_in(State.ACTIVE), key_in(State.STANDBY)
    StoredKey.objects.filter(pk=active.pk).update(public_jwk="{not json")
    keys.forget()
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert keys.keyring("access").find(header(standby))
    assert [key["kid"] for key in keys.jwks()["keys"]] == [standby.kid]


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_does_not_bring_a_revoked_key_back():
    """Its view of the past (REPEATABLE READ) is not cached for the whole process."""
    before = keys.keyring("access").snapshot
    keys.revoke(key_in(State.ACTIVE).kid, reason="leaked")
    after = keys.keyring("access").snapshot
    assert after.generation != before.generation
    with transaction.atomic():
        keys.Ring.objects.filter(name="access").update(generation=before.generation)
        assert take_snapshot("access").generation == after.generation


def test_a_row_of_an_unknown_algorithm_takes_only_itself_out():
    """After a downgrade, say."""
    StoredKey.objects.filter(pk=key_in(State.ACTIVE).pk).update(alg="XX999")
    keys.forget()
    assert "XX999" not in keys.keyring("access").algorithms
