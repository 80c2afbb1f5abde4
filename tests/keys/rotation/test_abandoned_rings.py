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
def left():
    """The ring `partner` has been made, and is in the settings no more."""
    with override_settings(JWTKIT=PARTNER):
        keys.rotate("partner")
        return key_in(State.ACTIVE, "partner")


def test_its_key_can_be_revoked_and_no_new_one_is_made(left):
    """The standby, published already, takes over; nobody makes keys for a ring that nobody asks for."""
    count = StoredKey.objects.count()
    assert keys.preview_revocation(left.kid, reason="x").steps[0].action == "revoked"
    keys.revoke(left.kid, reason="leaked")
    left.refresh_from_db()
    assert left.state() is State.REVOKED
    assert left.sealed == ""
    assert StoredKey.objects.count() == count
    assert key_in(State.ACTIVE, "partner")


def test_nothing_else_is_done_for_it(left):
    """Rotating and importing name the rings that there are."""
    for change in (keys.rotate, keys.preview, keys.generate):
        with pytest.raises(UnknownRing, match="access"):
            change("partner")


def test_the_admin_shows_it(left, admin_client):
    """The list and the key's page, with what a revocation would do."""
    assert left.kid[:12] in admin_client.get("/admin/jwtkit/storedkey/").content.decode()
    assert admin_client.get(f"/admin/jwtkit/storedkey/{left.pk}/change/").status_code == 200


def test_it_comes_back_as_it_was(left):
    """A ring that returns to the settings goes on with its keys."""
    with override_settings(JWTKIT=PARTNER):
        assert not keys.rotate("partner")
        assert keys.signing_key("partner", now=moments.now(), lifetime=timedelta(minutes=1)).kid == left.kid
