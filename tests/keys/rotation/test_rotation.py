"""Rotating, revoking, generating and importing, on the database."""

from datetime import timedelta
from operator import attrgetter

import pytest
from django.db import transaction
from django.test import override_settings

from django_jwtkit import keys, moments, signals
from django_jwtkit.errors import (
    InsideTransaction,
    UnknownKid,
    UnknownRing,
    UnsafeRotation,
)
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
RINGS = ("access", "refresh", "kinds", "encryption")


def states(ring="access", now=None):
    now = now or moments.now()
    rows = sorted(StoredKey.objects.filter(ring_id=ring), key=attrgetter("begins"))
    return [row.state(now) for row in rows]


@pytest.mark.parametrize("ring", RINGS)
def test_migrate_has_made_a_signer_and_a_standby(ring):
    """A first login needs no other step than `migrate`."""
    assert states(ring) == [State.ACTIVE, State.STANDBY]


def test_nothing_is_due_on_the_next_day():
    """The job may run as often as it likes."""
    assert not keys.rotate("access", now=moments.now() + DAY)


def test_a_due_rotation_makes_one_standby_and_announces_it(listen):
    """After a changeover the job makes the next standby, swaps the generation, notes and signals it."""
    now, rotated = key_in(State.ACTIVE).sign_until + timedelta(minutes=1), listen(signals.key_rotated)
    generation = Ring.objects.get(name="access").generation
    plan = keys.rotate("access", now=now, by="alice", source="command")
    assert [step.action for step in plan.steps].count("made") == 1
    assert states(now=now) == [State.RETIRED, State.ACTIVE, State.STANDBY]
    assert Ring.objects.get(name="access").generation != generation
    assert [arguments["ring"] for arguments in rotated] == ["access"]
    event = KeyEvent.objects.filter(action="made", at=now).get()
    assert (event.who, event.source, event.kid) == ("alice", "command", key_in(State.STANDBY, now=now).kid)


def test_a_rotation_at_once_waits_until_consumers_know_the_key():
    """`--now` is refused, with the time from which it is safe, unless forced."""
    with pytest.raises(UnsafeRotation) as refused:
        keys.rotate("access", at_once=True)
    published = key_in(State.STANDBY).published_at
    assert refused.value.safe_from == published + timedelta(days=1, seconds=300 + 60 + 60)
    late = refused.value.safe_from
    assert keys.rotate("access", at_once=True, now=late)
    assert states(now=late) == [State.RETIRED, State.ACTIVE, State.STANDBY]


def test_a_forced_rotation_signs_with_the_next_key():
    """The plan still says when it would have been safe."""
    following = key_in(State.STANDBY).kid
    plan = keys.rotate("access", at_once=True, force=True)
    assert key_in(State.ACTIVE).kid == following
    assert not plan.is_safe


def test_a_ring_without_consumers_is_safe_two_minutes_after_publication():
    """D = C for rings that are not published."""
    ready = key_in(State.STANDBY, "refresh").published_at + timedelta(seconds=120)
    assert keys.rotate("refresh", at_once=True, now=ready)


def test_a_preview_does_nothing():
    """The dry run shows the same plan and leaves all as it was."""
    now = moments.now() + 91 * DAY
    before = list(StoredKey.objects.values_list("kid", "sign_until"))
    plan = keys.preview("access", now=now)
    assert [step.action for step in plan.steps].count("made") == 1
    assert list(StoredKey.objects.values_list("kid", "sign_until")) == before


def test_the_next_run_switches_to_a_new_algorithm():
    """The ring switches within PUBLISH_BEFORE, and then nothing more is due."""
    with override_settings(JWTKIT={"ALGORITHM": "Ed25519"}):
        assert keys.rotate("access")
        assert key_in(State.STANDBY).alg == "Ed25519"
        assert not keys.rotate("access")
        later = moments.now() + timedelta(hours=49)
        assert key_in(State.ACTIVE, now=later).alg == "Ed25519"


@pytest.mark.threat("KEY-006")
def test_revoking_the_signer_ends_trust_at_once_and_the_standby_takes_over():
    """One transaction: revocation, takeover, a new standby, the private part destroyed."""
    victim, following = key_in(State.ACTIVE), key_in(State.STANDBY)
    plan = keys.revoke(victim.kid[:10], reason="leaked", by="bob", source="admin")
    assert plan.steps[0].action in {"revoked", "moved", "made"}
    victim.refresh_from_db()
    assert victim.state() is State.REVOKED
    assert victim.sealed == ""
    assert victim.reason == "leaked"
    assert key_in(State.ACTIVE).kid == following.kid
    assert states() == [State.REVOKED, State.ACTIVE, State.STANDBY]
    assert KeyEvent.objects.filter(kid=victim.kid, action="revoked", who="bob").exists()


def test_revoking_twice_changes_nothing():
    """A key is permanently revoked already."""
    kid = key_in(State.ACTIVE).kid
    keys.revoke(kid, reason="leaked")
    assert not keys.revoke(kid, reason="again")
    assert StoredKey.objects.get(kid=kid).reason == "leaked"


def test_a_revocation_needs_a_reason_and_a_stored_kid():
    """The message about a typo names the nearest kid."""
    kid = key_in(State.ACTIVE).kid
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
    "change", [lambda: keys.rotate("access"), lambda: keys.revoke(key_in(State.ACTIVE).kid, reason="x")]
)
@pytest.mark.django_db(transaction=True)
def test_changes_refuse_to_run_inside_a_callers_transaction(change):
    """A change could be rolled back after a token was issued under it; the message says what to do."""
    with transaction.atomic(), pytest.raises(InsideTransaction, match="non_atomic_requests"):
        change()


def test_the_message_about_an_unknown_ring_names_the_rings():
    """A ring exists if the settings have it."""
    with pytest.raises(UnknownRing, match="access"):
        keys.rotate("nobody")


def test_a_ring_of_the_project_is_made_by_the_next_run():
    """A new ring in the settings is a ring like our own."""
    with override_settings(JWTKIT={"KEY_RINGS": {"partner": {"ALGORITHM": "ES384", "PUBLISH": True}}}):
        assert keys.rotate("partner")
        assert states("partner") == [State.ACTIVE, State.STANDBY]
        assert {row["alg"] for row in keys.jwks()["keys"]} == {"ES256", "ES384"}


def test_generate_puts_a_key_at_the_end_of_the_line():
    """`generate_key`: another key stands by."""
    keys.generate("access", algorithm="RS256")
    assert states() == [State.ACTIVE, State.STANDBY, State.STANDBY]
    assert not keys.rotate("access")
