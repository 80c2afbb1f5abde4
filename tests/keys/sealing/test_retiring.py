"""A sealing secret has an end: after it, it opens nothing and vouches for nothing."""

from datetime import timedelta

import pytest
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.errors import NoUsableKey, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, State, StoredKey
from django_jwtkit.keys.sealing import all_sealing_keys, seal, sealing_keys, unseal
from tests.keys.rows import header, key_in, vouch_for
from tests.keys.sealing.test_integrity import NEW, OLD, trusted

pytestmark = [pytest.mark.django_db, pytest.mark.threat("KEY-016")]

DAY = timedelta(days=1)


def retiring(*, days):
    """The new sealing key, and the old one with its end."""
    return {"SEALING_KEYS": [NEW, OLD | {"until": moments.now() + timedelta(days=days)}]}


@pytest.fixture
def rested():
    """Keys that rest under the old sealing key."""
    with override_settings(JWTKIT={"SEALING_KEYS": [OLD]}):
        list(keys.reseal())
    keys.forget()


@pytest.mark.parametrize("ring", ["access", "refresh"])
def test_a_retired_sealing_key_opens_nothing_and_vouches_for_nothing(rested, ring):
    """Nor does it sign: 503, with the command."""
    key = key_in(State.ACTIVE, ring)
    with override_settings(JWTKIT=retiring(days=1)):
        assert trusted(key, ring)
        assert unseal(key).private
    with override_settings(JWTKIT=retiring(days=-1)):
        keys.forget()
        assert next(iter(sealing_keys())) == "2026"
        assert "2025" not in sealing_keys()
        assert "2025" in all_sealing_keys()
        for refused in (
            lambda: keys.keyring(ring).find(header(key)),
            lambda: keys.signing_key(ring, now=moments.now(), lifetime=timedelta(minutes=5)),
            lambda: unseal(key),
        ):
            with pytest.raises(SealingKeyLost, match="2025"):
                refused()
        resealed = list(keys.reseal())
        assert len(resealed) == 8
        assert all("2025" in row.problem for row in resealed)


def test_the_end_is_heard_without_a_restart(rested, clock):
    """A process that has opened the keys before gives them up at its next look."""
    key, end = key_in(State.ACTIVE, "refresh"), moments.now() + timedelta(seconds=0.5)
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW, OLD | {"until": end}]}):
        assert keys.keyring("refresh").find(header(key))
        while moments.now() < end:
            pass
        clock.now += 10
        with pytest.raises(SealingKeyLost):
            keys.keyring("refresh").find(header(key))


def test_where_all_have_retired_nothing_is_sealed_under_secret_key_instead(rested):
    """The end of the last one is no way back to what it replaced."""
    with override_settings(JWTKIT={"SEALING_KEYS": [OLD | {"until": moments.now() - DAY}]}):
        with pytest.raises(SealingKeyLost, match="has retired"):
            seal(Key.generate("HS256"), "refresh")
        with pytest.raises(SealingKeyLost, match="has retired"):
            keys.generate("access")
        victim = key_in(State.ACTIVE)
        keys.revoke(victim.kid, reason="leaked")
        victim.refresh_from_db()
        assert victim.state() is State.REVOKED


def test_resealing_before_the_end_loses_nothing(rested):
    """Then the old one may go, from the settings too."""
    with override_settings(JWTKIT=retiring(days=1)):
        assert len(list(keys.reseal())) == 8
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        for key in StoredKey.objects.filter(archived=False):
            assert trusted(key, key.ring_id)
        assert "2025" not in "".join(Ring.objects.values_list("macs", flat=True))


def test_a_leaked_secret_that_has_retired_plants_nothing(rested):
    """What it seals and signs now is refused, also where it signs the ring as well."""
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW, OLD]}):
        list(keys.reseal())
        keys.rotate("access")
    with override_settings(JWTKIT={"SEALING_KEYS": [OLD]}):
        StoredKey.objects.filter(ring_id="access").update(sign_until=moments.now() + 900 * DAY)
        vouch_for("access")
    for settings in (retiring(days=-1), {"SEALING_KEYS": [NEW]}, {"SEALING_KEYS": [NEW, OLD]}):
        with override_settings(JWTKIT=settings):
            keys.forget()
            with pytest.raises((SealingKeyLost, NoUsableKey)):
                keys.signing_key("access", now=moments.now(), lifetime=timedelta(minutes=5))


def test_hosts_may_have_sealing_keys_in_different_orders():
    """While a new one is put behind the old one, and then in front: each believes what the other wrote."""
    orders = [[OLD, NEW], [NEW, OLD]]
    for number in range(4):
        with override_settings(JWTKIT={"SEALING_KEYS": orders[number % 2]}):
            keys.generate("access")
            list(keys.reseal())
        for order in orders:
            with override_settings(JWTKIT={"SEALING_KEYS": order}):
                for key in StoredKey.objects.filter(ring_id="access", archived=False):
                    assert trusted(key)
