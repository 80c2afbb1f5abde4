"""A ring that has left the settings: its keys stay where they are, and can still be revoked."""

from datetime import timedelta

import pytest
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.errors import UnknownRing
from django_jwtkit.keys import State, StoredKey
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db

PARTNER = {"KEY_RINGS": {"partner": {"PUBLISH": True}}}


@pytest.fixture
def old_key():
    """Make the ring `partner`, take it out of the settings, and return its key."""
    with override_settings(JWTKIT=PARTNER):
        keys.rotate("partner")
        return key_in(State.ACTIVE, "partner")


def test_a_key_of_an_abandoned_ring_can_be_revoked_and_none_is_made(old_key):
    """The published standby takes over; no key is made for a ring that is not in the settings."""
    count = StoredKey.objects.count()
    assert keys.preview_revocation(old_key.kid, reason="x").steps[0].action == "revoked"
    keys.revoke(old_key.kid, reason="leaked")
    old_key.refresh_from_db()
    assert old_key.state() is State.REVOKED
    assert old_key.sealed == ""
    assert StoredKey.objects.count() == count
    assert key_in(State.ACTIVE, "partner")


def test_an_abandoned_ring_can_be_neither_rotated_nor_extended(old_key):
    """Rotating and importing fail with the names of the rings."""
    for change in (keys.rotate, keys.preview, keys.generate):
        with pytest.raises(UnknownRing, match="access"):
            change("partner")


def test_the_admin_shows_an_abandoned_ring(old_key, admin_client):
    """The list and the key's page, with what a revocation would do."""
    assert old_key.kid[:12] in admin_client.get("/admin/jwtkit/storedkey/").content.decode()
    assert admin_client.get(f"/admin/jwtkit/storedkey/{old_key.pk}/change/").status_code == 200


def test_a_ring_comes_back_as_it_was(old_key):
    """A ring that returns to the settings goes on with its keys."""
    with override_settings(JWTKIT=PARTNER):
        assert not keys.rotate("partner")
        assert (
            keys.signing_key("partner", now=moments.now(), lifetime=timedelta(minutes=1)).kid == old_key.kid
        )
