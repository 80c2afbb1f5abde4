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
    """The ring `partner` has been made, and is in the settings no more."""
    with override_settings(JWTKIT=PARTNER):
        keys.rotate("partner")
        return key_in(State.ACTIVE, "partner")


def test_its_key_can_be_revoked_and_no_new_one_is_made(old_key):
    """The standby, published already, takes over; nobody makes keys for a ring that nobody asks for."""
    count = StoredKey.objects.count()
    assert keys.preview_revocation(old_key.kid, reason="x").steps[0].action == "revoked"
    keys.revoke(old_key.kid, reason="leaked")
    old_key.refresh_from_db()
    assert old_key.state() is State.REVOKED
    assert old_key.sealed == ""
    assert StoredKey.objects.count() == count
    assert key_in(State.ACTIVE, "partner")


def test_nothing_else_is_done_for_it(old_key):
    """Rotating and importing name the rings that there are."""
    for change in (keys.rotate, keys.preview, keys.generate):
        with pytest.raises(UnknownRing, match="access"):
            change("partner")


def test_the_admin_shows_it(old_key, admin_client):
    """The list and the key's page, with what a revocation would do."""
    assert old_key.kid[:12] in admin_client.get("/admin/jwtkit/storedkey/").content.decode()
    assert admin_client.get(f"/admin/jwtkit/storedkey/{old_key.pk}/change/").status_code == 200


def test_it_comes_back_as_it_was(old_key):
    """A ring that returns to the settings goes on with its keys."""
    with override_settings(JWTKIT=PARTNER):
        assert not keys.rotate("partner")
        assert (
            keys.signing_key("partner", now=moments.now(), lifetime=timedelta(minutes=1)).kid == old_key.kid
        )
