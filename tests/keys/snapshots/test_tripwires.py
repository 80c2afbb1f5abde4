"""Tripwires: a key that signs when it cannot be ours is in foreign hands."""

import logging
from datetime import timedelta

import pytest

from django_jwtkit import keys, moments, signals
from django_jwtkit.errors import InvalidClaim, KeyMisused
from django_jwtkit.keys import State
from tests.keys.memories import another_process
from tests.keys.rows import header, key_in
from tests.keys.snapshots.storm import Request, hastened, is_refused, planned, storm

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def claims(issued, lifetime=MINUTE):
    return {"iat": issued.timestamp(), "exp": (issued + lifetime).timestamp()}


def test_a_standby_that_signs_early_is_a_stolen_key(caplog, listen):
    """A good signature long before its time, after a fresh look: refused, CRITICAL, a signal."""
    standby, misused = key_in(State.STANDBY), listen(signals.key_misused)
    ring = keys.keyring("access")
    key = ring.find(header(standby))
    with caplog.at_level(logging.CRITICAL, "django_jwtkit.keys"), pytest.raises(KeyMisused):
        ring.confirm(key, claims(moments.now()))
    assert "key_misused" in caplog.text
    assert [(record.event, record.kid) for record in caplog.records] == [("key_misused", standby.kid)]
    assert [arguments["kid"] for arguments in misused] == [standby.kid]


def test_a_standby_near_its_time_is_believed():
    """Clocks differ: 2 CLOCK_SKEW before sign_from no question is asked."""
    standby = key_in(State.STANDBY)
    now = standby.sign_from - timedelta(seconds=119)
    ring = keys.keyring("access", now=now)
    ring.confirm(ring.find(header(standby)), claims(now))


def test_a_standby_that_signs_early_elsewhere_is_believed_after_a_look(clock):
    """Another process has rotated at once: no alarm."""
    standby = key_in(State.STANDBY)
    ring = keys.keyring("access")
    with another_process():
        keys.rotate("access", at_once=True, force=True)
    clock.now += 1
    ring.confirm(ring.find(header(standby)), claims(moments.now()))


def test_no_alarm_where_the_look_fails(away, caplog):
    """It is refused anyway."""
    standby = key_in(State.STANDBY)
    ring = keys.keyring("access")
    away()
    with caplog.at_level(logging.CRITICAL), pytest.raises(KeyMisused):
        ring.confirm(ring.find(header(standby)), claims(moments.now()))
    assert "key_misused" not in caplog.text


def test_a_retired_key_that_signs_late_is_a_stolen_key():
    """`iat` later than sign_until + C + CLOCK_SKEW; up to then a slow process may have signed."""
    active = key_in(State.ACTIVE)
    change = active.sign_until
    now = change + timedelta(seconds=200)
    ring = keys.keyring("access", now=now)
    key = ring.find(header(active))
    ring.confirm(key, claims(change + timedelta(seconds=120)))
    with pytest.raises(KeyMisused):
        ring.confirm(key, claims(change + timedelta(seconds=121)))


@pytest.mark.threat("TIME-065")
def test_a_token_longer_than_its_key_may_sign_is_refused():
    """The lifetime contract holds on verification too."""
    active = key_in(State.ACTIVE)
    ring = keys.keyring("access")
    key = ring.find(header(active))
    ring.confirm(key, claims(moments.now(), timedelta(minutes=5)))
    with pytest.raises(InvalidClaim):
        ring.confirm(key, claims(moments.now(), timedelta(minutes=6)))


@pytest.mark.parametrize("changeover", [planned, hastened])
def test_a_changeover_on_many_hosts_raises_no_false_alarm(changeover, caplog, listen):
    """Twenty hosts whose clocks differ by 50 ms: our rule finds no thief, where a naive one does."""
    over, misused = changeover(), listen(signals.key_misused)
    alarms = storm(20_000, over)
    assert (alarms["ours"], misused) == (0, [])
    assert "key_misused" not in caplog.text
    assert alarms["naive"] > 0
    assert min(alarms[kid] for kid in over.before.entries) > 5_000, "both keys have signed"


def test_the_storm_would_report_a_theft():
    """A token of the next key, an hour before its turn, is refused by the same rule in the same setting."""
    over = planned()
    early = over.turn - timedelta(hours=1)
    thief = key_in(State.STANDBY).kid
    assert is_refused(Request(early, early, over.before, over.before), thief)
    assert not is_refused(Request(early, early, over.before, over.before), key_in(State.ACTIVE).kid)
