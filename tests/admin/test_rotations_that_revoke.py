"""A rotation whose plan revokes keys asks for what a revocation asks for."""

import re
from html import unescape

import pytest

from django_jwtkit import keys, sessions
from django_jwtkit.errors import UnsafeRotation
from django_jwtkit.keys import State, StoredKey
from tests.keys.rows import key_in
from tests.support import unhealthy

pytestmark = pytest.mark.django_db
LIST = "/admin/jwtkit/storedkey/"
ROTATE = f"{LIST}rotate/refresh/"
BOTH = ("view_storedkey", "rotate_key", "revoke_key")


def words(response):
    return " ".join(unescape(re.sub("<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def lost(settings, django_user_model):
    """The refresh keys, whose sealing key this machine lacks; a login rests on them."""
    sessions.start(django_user_model.objects.create_user("alice"))
    rows = list(StoredKey.objects.filter(ring_id="refresh"))
    unhealthy.make(unhealthy.lost_sealing_key, settings)
    return rows


def revoked():
    return StoredKey.objects.exclude(revoked_at=None).count()


def test_who_may_only_rotate_sees_the_plan_and_cannot_run_it(lost, browser):
    """No form, and a POST of one's own is refused."""
    client = browser("view_storedkey", "rotate_key")
    page = client.get(ROTATE)
    assert "needs the permission to revoke keys as well" in words(page)
    assert b'name="confirmation"' not in page.content
    answer = client.post(ROTATE, {"signing": lost[0].kid, "force": "on", "confirmation": "refresh"})
    assert answer.status_code == 403
    assert revoked() == 0


def test_it_shows_the_consequences_and_asks_for_the_name(lost, browser):
    """As the page of a revocation does; nothing says that waiting helps, or that the sealing key is lost."""
    client = browser(*BOTH)
    page = client.get(ROTATE)
    assert "1 user (1 session)" in words(page)
    assert "To confirm, type refresh" in words(page)
    assert "not in this machine's settings" in words(page)
    assert "is lost." not in words(page)
    assert "Reload" not in words(page)
    assert "has been signing for" not in words(page)
    signing = key_in(State.ACTIVE, "refresh").kid
    assert client.post(ROTATE, {"signing": signing, "force": "on"}).status_code == 200
    assert revoked() == 0
    answer = client.post(ROTATE, {"signing": signing, "force": "on", "confirmation": "refresh"})
    assert answer.status_code == 302
    assert revoked() == len(lost)


def test_a_run_of_all_rings_revokes_nothing(settings, browser):
    """The ring leads to a page of its own, where that is confirmed; the others run."""
    unhealthy.denied_kid(key_in(State.ACTIVE), settings)
    keys.forget()
    client = browser(*BOTH)
    assert "confirm it on its own page" in words(client.get(f"{LIST}due/"))
    assert "has to be confirmed" in words(client.post(f"{LIST}due/"))
    assert revoked() == 0
    due = f"{LIST}due/access/"
    assert "To confirm, type access" in words(client.get(due))
    signing = key_in(State.ACTIVE).kid
    assert client.post(due, {"signing": signing, "confirmation": "access"}).status_code == 302
    assert revoked() == 1


def test_a_plan_may_not_revoke_more_than_was_confirmed(settings):
    """Another key may have been denied since the page was shown."""
    unhealthy.denied_kid(key_in(State.ACTIVE), settings)
    keys.forget()
    with pytest.raises(UnsafeRotation, match="has to be confirmed"):
        keys.rotate("access", confirmed=[key_in(State.STANDBY).kid])
    keys.rotate("access", confirmed=[key_in(State.ACTIVE).kid])
    assert revoked() == 1


def test_waiting_is_suggested_where_it_helps(root):
    """The next key is there, and will be known."""
    assert "Reload" in words(root.get(f"{LIST}rotate/access/"))
