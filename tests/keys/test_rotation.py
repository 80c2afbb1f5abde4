"""Rotating, revoking, generating and importing, on the database."""

import base64
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from django_jwtkit import keys, moments, signals
from django_jwtkit.errors import (
    InsideTransaction,
    KeyUnusableError,
    LifetimeRefused,
    UnknownKid,
    UnknownRing,
    UnsafeRotation,
)
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
RINGS = ("access", "refresh", "kinds", "encryption")


def states(ring="access", now=None):
    now = now or moments.now()
    rows = sorted(StoredKey.objects.filter(ring_id=ring), key=lambda row: row.sign_from or row.published_at)
    return [row.state(now) for row in rows]


def active(ring="access", now=None):
    return next(row for row in StoredKey.objects.filter(ring_id=ring) if row.state(now) is State.ACTIVE)


def standby(ring="access", now=None):
    return next(row for row in StoredKey.objects.filter(ring_id=ring) if row.state(now) is State.STANDBY)


@pytest.mark.parametrize("ring", RINGS)
def test_migrate_has_made_a_signer_and_a_standby(ring):
    """A first login needs no other step than `migrate`."""
    assert states(ring) == [State.ACTIVE, State.STANDBY]


def test_nothing_is_due_on_the_next_day():
    """The job may run as often as it likes."""
    assert not keys.rotate("access", now=moments.now() + DAY)


def test_a_due_rotation_makes_one_standby_and_tells_it():
    """After a changeover the job makes the next standby, swaps the generation, notes and signals it."""
    now, heard = active().sign_until + timedelta(minutes=1), []
    generation = Ring.objects.get(name="access").generation

    def listen(**told):
        heard.append(told)

    signals.key_rotated.connect(listen)
    try:
        plan = keys.rotate("access", now=now, by="alice", source="command")
    finally:
        signals.key_rotated.disconnect(listen)
    assert [step.action for step in plan.steps].count("made") == 1
    assert states(now=now) == [State.RETIRED, State.ACTIVE, State.STANDBY]
    assert Ring.objects.get(name="access").generation != generation
    assert [told["ring"] for told in heard] == ["access"]
    event = KeyEvent.objects.filter(action="made", at=now).get()
    assert (event.who, event.source, event.kid) == ("alice", "command", standby(now=now).kid)


def test_a_rotation_at_once_waits_until_consumers_know_the_key():
    """`--now` is refused, with the time from which it is safe, unless forced."""
    with pytest.raises(UnsafeRotation) as refused:
        keys.rotate("access", at_once=True)
    published = standby().published_at
    assert refused.value.safe_from == published + timedelta(days=1, seconds=300 + 60 + 60)
    late = refused.value.safe_from
    assert keys.rotate("access", at_once=True, now=late)
    assert states(now=late) == [State.RETIRED, State.ACTIVE, State.STANDBY]


def test_a_forced_rotation_signs_with_the_next_key():
    """The operator knows what he does; the plan still says when it would have been safe."""
    following = standby().kid
    plan = keys.rotate("access", at_once=True, force=True)
    assert active().kid == following
    assert not plan.is_safe


def test_a_ring_that_nobody_else_reads_is_safe_two_minutes_after_publication():
    """D = C for rings that are not published."""
    ready = standby("refresh").published_at + timedelta(seconds=120)
    assert keys.rotate("refresh", at_once=True, now=ready)


def test_a_preview_does_nothing():
    """The dry run shows the same plan and leaves all as it was."""
    now = moments.now() + 91 * DAY
    before = list(StoredKey.objects.values_list("kid", "sign_until"))
    plan = keys.preview("access", now=now)
    assert [step.action for step in plan.steps].count("made") == 1
    assert list(StoredKey.objects.values_list("kid", "sign_until")) == before


def test_a_new_algorithm_is_taken_up_by_the_next_run():
    """The settings are followed within PUBLISH_BEFORE, and the ring then stays at peace."""
    with override_settings(JWTKIT={"ALGORITHM": "Ed25519"}):
        assert keys.rotate("access")
        assert standby().alg == "Ed25519"
        assert not keys.rotate("access")
        later = moments.now() + timedelta(hours=49)
        assert active(now=later).alg == "Ed25519"


@pytest.mark.threat("KEY-006")
def test_revoking_the_signer_ends_trust_at_once_and_the_standby_takes_over():
    """One transaction: out, over, a new standby, the private part destroyed."""
    victim, following = active(), standby()
    plan = keys.revoke(victim.kid[:10], reason="leaked", by="bob", source="admin")
    assert plan.steps[0].action in {"revoked", "moved", "made"}
    victim.refresh_from_db()
    assert victim.state() is State.REVOKED
    assert victim.sealed == ""
    assert victim.reason == "leaked"
    assert active().kid == following.kid
    assert states() == [State.REVOKED, State.ACTIVE, State.STANDBY]
    assert KeyEvent.objects.filter(kid=victim.kid, action="revoked", who="bob").exists()


def test_revoking_twice_changes_nothing():
    """A key is revoked for ever already."""
    kid = active().kid
    keys.revoke(kid, reason="leaked")
    assert not keys.revoke(kid, reason="again")
    assert StoredKey.objects.get(kid=kid).reason == "leaked"


def test_a_revocation_wants_a_reason_and_a_known_kid():
    """A typo is answered with the nearest kid."""
    kid = active().kid
    with pytest.raises(ValueError, match="reason"):
        keys.revoke(kid, reason=" ")
    typo = ("x" if kid[5] != "x" else "y").join((kid[:5], kid[6:]))
    with pytest.raises(UnknownKid) as refused:
        keys.revoke(typo, reason="leaked")
    assert kid in refused.value.nearest


def test_an_ambiguous_beginning_is_refused():
    """Two kids that begin alike are both named."""
    with pytest.raises(UnknownKid):
        keys.resolve("")


@pytest.mark.parametrize(
    "change", [lambda: keys.rotate("access"), lambda: keys.revoke(active().kid, reason="x")]
)
@pytest.mark.django_db(transaction=True)
def test_changes_refuse_to_run_inside_a_callers_transaction(change):
    """What could be rolled back after a token is out is refused, with the way out."""
    with transaction.atomic(), pytest.raises(InsideTransaction, match="non_atomic_requests"):
        change()


def test_an_unknown_ring_is_named_with_the_known_ones():
    """A ring exists because the settings say so."""
    with pytest.raises(UnknownRing, match="access"):
        keys.rotate("nobody")


def test_a_ring_of_the_project_is_made_by_the_next_run():
    """A new ring in the settings is a ring like ours."""
    with override_settings(JWTKIT={"KEY_RINGS": {"partner": {"ALGORITHM": "ES384", "PUBLISH": True}}}):
        assert keys.rotate("partner")
        assert states("partner") == [State.ACTIVE, State.STANDBY]
        assert {row["alg"] for row in keys.jwks()["keys"]} == {"ES256", "ES384"}


def test_generate_puts_a_key_at_the_end_of_the_line():
    """`generate_key`: another key stands by."""
    keys.generate("access", algorithm="RS256")
    assert states() == [State.ACTIVE, State.STANDBY, State.STANDBY]
    assert not keys.rotate("access")


def test_a_key_of_another_use_does_not_fit_a_ring():
    """An encryption algorithm makes no signing key."""
    with pytest.raises(KeyUnusableError, match="fit"):
        keys.generate("access", algorithm="A256KW")


def test_an_imported_public_key_verifies_until_its_end():
    """A migration's old key: VERIFY_ONLY, never signing, with an explicit end."""
    key = Key.generate("RS256").public()
    end = moments.now() + DAY
    row = keys.import_key("access", key, verify_until=end)
    assert row.state() is State.VERIFY_ONLY
    assert row.state(end + timedelta(seconds=1)) is State.EXPIRED
    assert row.sealed == ""
    assert keys.keyring("access").find({"alg": "RS256", "kid": row.kid}).alg == "RS256"
    assert active().alg == "ES256"


@pytest.mark.threat("KID-022")
def test_a_revoked_kid_cannot_come_back():
    """Neither the same kid nor the same key is taken in again."""
    key = Key.generate("ES256")
    row = keys.import_key("access", key)
    keys.revoke(row.kid, reason="leaked")
    with pytest.raises(KeyUnusableError, match="stored here"):
        keys.import_key("access", key)


def test_a_public_key_cannot_be_imported_to_sign():
    """The mend is in the message."""
    with pytest.raises(KeyUnusableError, match="verify-only"):
        keys.import_key("access", Key.generate("ES256").public())


@pytest.mark.django_db(transaction=True)
def test_a_longer_token_raises_its_keys_promise_first():
    """Rule 3: durably, before the token is issued; the key then verifies as much longer."""
    now = moments.now()
    generation = Ring.objects.get(name="access").generation
    keys.signing_key("access", now=now, lifetime=timedelta(hours=3))
    assert active().max_lifetime == timedelta(hours=3)
    assert Ring.objects.get(name="access").generation != generation


@pytest.mark.django_db(transaction=True)
def test_a_longer_token_inside_a_transaction_is_refused():
    """The raise could be rolled back after the token is out; the message names MAX_LIFETIME."""
    with transaction.atomic(), pytest.raises(LifetimeRefused, match="MAX_LIFETIME"):
        keys.signing_key("access", now=moments.now(), lifetime=timedelta(hours=3))


def test_a_longer_lifetime_in_the_settings_is_taken_up_by_the_next_run():
    """So that the first long token needs no transaction of its own."""
    with override_settings(JWTKIT={"ACCESS_TOKEN_LIFETIME": timedelta(hours=2)}):
        keys.rotate("access")
    assert active().max_lifetime == timedelta(hours=2)


@pytest.mark.threat("KEY-005")
def test_a_typed_secret_is_not_imported():
    """By a program neither: its length says nothing."""
    typed = base64.urlsafe_b64encode(b"correct horse battery staple in winter").decode().rstrip("=")
    with pytest.raises(KeyUnusableError, match="text, not randomness"):
        keys.import_key("refresh", Key.from_dict({"kty": "oct", "k": typed}, alg="HS256"))
    assert keys.import_key("refresh", Key.generate("HS256"))
