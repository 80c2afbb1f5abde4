"""Whether a key can do its work is asked often and answered quickly, and the answer is never an old one."""

import pytest
from django.test import override_settings

from django_jwtkit import moments
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.snapshots import Entry, fault_of, fitness
from tests.keys.damage import damaged, each_damage
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """Nothing was found sound yet; return the kids of the keys that are opened from now on."""
    fitness._sound.clear()
    kids, honest = [], Entry.fault
    monkeypatch.setattr(Entry, "fault", lambda self, now: kids.append(self.row.kid) or honest(self, now))
    return kids


def test_a_sound_key_is_opened_once(opened):
    """An RSA key takes a fifth of a second, and a page asks for all of them."""
    key = key_in(State.ACTIVE)
    assert [fault_of(key, moments.now()) for _ in range(5)] == [""] * 5
    assert opened == [key.kid]


@each_damage
def test_damage_is_seen_at_once(columns):
    """Whatever was found before."""
    assert fault_of(key_in(State.ACTIVE), moments.now()) == ""
    key = damaged(columns)
    assert key.kid in fault_of(StoredKey.objects.get(pk=key.pk), moments.now())


@pytest.mark.parametrize(
    "lost", [{"SECRET_KEY": "another secret" * 4}, {"JWTKIT": {"SEALING_KEYS": [{"id": "1", "path": "/no"}]}}]
)
def test_a_lost_sealing_key_is_seen_at_once(lost):
    """And that it has come back."""
    key, now = key_in(State.ACTIVE), moments.now()
    assert fault_of(key, now) == ""
    with override_settings(**lost):
        assert key.kid in fault_of(key, now)
    assert fault_of(key, now) == ""


def test_what_is_kept_is_bounded(monkeypatch):
    """However many keys there have been."""
    monkeypatch.setattr(fitness, "MOST", 3)
    for key in StoredKey.objects.all():
        fault_of(key, moments.now())
        assert len(fitness._sound) <= 3
