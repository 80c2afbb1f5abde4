"""Trust in a leaked key can be ended at once, whatever else is broken: missing keys are made later."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings

from django_jwtkit import keys, moments, signals
from django_jwtkit.errors import NoUsableKey, RingBusy, SealingKeyLost, UnknownKey
from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, State, StoredKey
from django_jwtkit.keys.changing import execution
from tests.keys.rotation.overtaken import Overtaken
from tests.keys.rows import header, key_in

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=5)
SECRET = "n" * 16 + "ew sealing key of the year 2026!"
UNREADABLE = {"SEALING_KEYS": [{"id": "2026", "path": "/nowhere/2026"}]}
NAMESAKE = {"SEALING_KEYS": [{"id": "2025", "key": SECRET}]}
GOOD = {"SEALING_KEYS": [{"id": "2025", "key": "o" * 16 + SECRET[16:]}]}
NO_ALGORITHM = GOOD | {"ALGORITHM": "ES255"}


def signer(ring="access"):
    return keys.signing_key(ring, now=moments.now(), lifetime=MINUTES)


@pytest.fixture
def rested():
    """Rotate until all keys are sealed under the sealing key 2025."""
    with override_settings(JWTKIT=GOOD):
        for ring in ("access", "refresh"):
            keys.rotate(ring, at_once=True, force=True)
            keys.rotate(ring, at_once=True, force=True)
        list(keys.reseal())
    keys.forget()


BROKEN = {"unreadable": UNREADABLE, "another secret": NAMESAKE, "no algorithm": NO_ALGORITHM}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_signer_is_revoked_whatever_is_broken(rested, broken):
    """The plan says why no key can be made; the standby takes over where a host can vouch for it."""
    victim, heir = key_in(State.ACTIVE), key_in(State.STANDBY)
    with override_settings(JWTKIT=broken):
        foreseen = keys.preview_revocation(victim.kid, reason="leaked")
        plan = keys.revoke(victim.kid, reason="leaked")
        with pytest.raises(UnknownKey):
            keys.keyring("access").find(header(victim))
    assert foreseen.sentences() == plan.sentences()
    assert plan.sentences()[-1] == f"No new key is made. {plan.blocked_by}"
    assert plan.blocked_by.endswith("manage.py rotate_keys --ring access")
    assert plan.to_dict()["blocked_by"] == plan.blocked_by
    victim.refresh_from_db()
    assert (victim.state(), victim.sealed) == (State.REVOKED, "")
    keys.forget()
    with override_settings(JWTKIT=GOOD):
        assert victim.kid not in {key["kid"] for key in keys.jwks()["keys"]}
        if broken is not NO_ALGORITHM:
            keys.rotate("access")
        assert key_in(State.ACTIVE).kid == heir.kid
        assert signer().kid == heir.kid


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_next_rotation_makes_what_is_missing(rested, broken):
    """Once the cause is fixed: a signer and a standby, of the settings' algorithm."""
    with override_settings(JWTKIT=broken):
        keys.revoke(key_in(State.ACTIVE).kid, reason="leaked")
    with override_settings(JWTKIT=GOOD):
        plan = keys.rotate("access")
    assert [step.action for step in plan.steps].count("made") == 1
    assert key_in(State.STANDBY).alg == "ES256"


def test_the_last_keys_of_a_ring_can_be_revoked_too(rested):
    """No key signs then; the message names the command that makes one."""
    with override_settings(JWTKIT=UNREADABLE):
        plan = keys.revoke(key_in(State.ACTIVE).kid, key_in(State.STANDBY).kid, reason="leaked")
        assert not [
            key
            for key in plan.after
            if key.revoked_at is None and key.state(plan.now) in (State.ACTIVE, State.STANDBY)
        ]
        with pytest.raises(NoUsableKey, match="rotate_keys --ring access"):
            signer()
    with override_settings(JWTKIT=GOOD):
        keys.rotate("access")
        assert signer()


def test_a_ring_does_not_switch_to_an_algorithm_whose_key_could_not_be_made(rested):
    """The old standby stays; the next rotation switches."""
    retired = key_in(State.RETIRED)
    standby = key_in(State.STANDBY)
    with override_settings(JWTKIT=UNREADABLE | {"ALGORITHM": "Ed25519"}):
        keys.revoke(retired.kid, reason="leaked")
    assert key_in(State.STANDBY).kid == standby.kid
    with override_settings(JWTKIT=GOOD | {"ALGORITHM": "Ed25519"}):
        assert keys.rotate("access").adopts == "Ed25519"


def test_only_revocations_work_without_a_sealing_key(rested):
    """Rotating, generating and importing say what is wrong, and change nothing."""
    before = list(StoredKey.objects.values())
    with override_settings(JWTKIT=UNREADABLE):
        for change in (keys.rotate, keys.preview, keys.generate):
            with pytest.raises(SealingKeyLost, match=r"rotate_keys --now --force"):
                change("access")
        with pytest.raises(SealingKeyLost):
            keys.import_key("access", Key.generate("ES256"))
    assert list(StoredKey.objects.values()) == before


def test_several_keys_of_a_ring_end_in_one_transaction():
    """None of them signs for a moment in between: a new key signs and another stands by."""
    victims = [key_in(State.ACTIVE).kid, key_in(State.STANDBY).kid]
    generation = Ring.objects.get(pk="access").generation
    plan = keys.revoke(*victims, reason="leaked")
    assert Ring.objects.get(pk="access").generation != generation
    assert [step.action for step in plan.steps].count("made") == 2
    assert {key_in(state).kid for state in (State.ACTIVE, State.STANDBY)}.isdisjoint(victims)
    assert StoredKey.objects.get(kid=victims[1]).sign_from > moments.now(), "it has never signed"


def test_keys_of_several_rings_cannot_be_revoked_together():
    """A revocation is one transaction on one ring."""
    with pytest.raises(ValueError, match="access, refresh"):
        keys.revoke(key_in(State.ACTIVE).kid, key_in(State.ACTIVE, "refresh").kid, reason="leaked")
    assert not StoredKey.objects.exclude(revoked_at=None).exists()


def test_the_log_outlives_the_database(caplog):
    """After a restored backup it has the kids to deny; a reason cannot forge a line."""
    victim = key_in(State.ACTIVE).kid
    with caplog.at_level(logging.WARNING, "django_jwtkit.keys"):
        keys.revoke(victim, reason="leaked\nkey_revoked: ring x", by="olga", source="admin")
    line = f"key_revoked: ring access, key {victim}, by olga through admin: 'leaked\\nkey_revoked: ring x'"
    assert [record.getMessage() for record in caplog.records] == [line]


def test_a_kid_that_a_rotation_denies_is_logged_and_signalled_too(caplog, listen):
    """`DENY_KIDS` ends trust as a revocation does, and is announced like one."""
    victim, revoked = key_in(State.ACTIVE).kid, listen(signals.key_revoked)
    with override_settings(JWTKIT={"DENY_KIDS": [victim]}), caplog.at_level(logging.WARNING):
        keys.rotate("access", by="olga", source="command")
    assert (
        f"key_revoked: ring access, key {victim}, by olga through command: 'listed in DENY_KIDS'"
        in caplog.text
    )
    assert [(arguments["kid"], arguments["reason"]) for arguments in revoked] == [
        (victim, "listed in DENY_KIDS")
    ]


def test_a_revocation_plans_again_until_it_wins():
    """However often other processes are faster."""
    victim = key_in(State.ACTIVE).kid
    with connection.execute_wrapper(Overtaken(7)):
        assert not keys.revoke(victim, reason="leaked").lost
    assert StoredKey.objects.get(kid=victim).revoked_at


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda: keys.revoke(key_in(State.ACTIVE).kid, reason="leaked"),
        lambda: keys.generate("access"),
        lambda: keys.import_key("access", Key.generate("ES256")),
    ],
    ids=["revoke", "generate", "import"],
)
def test_a_process_that_always_loses_says_so_and_has_not_hammered_the_database(change, monkeypatch):
    """Behind a proxy whose reads always lag: an error with the remedy, after growing pauses."""
    monkeypatch.setattr(execution, "PATIENCE", 1.0)
    others = Overtaken()
    with connection.execute_wrapper(others), pytest.raises(RingBusy, match="replica"):
        change()
    assert 3 < others.looks < 100
    assert not StoredKey.objects.exclude(revoked_at=None).exists()
