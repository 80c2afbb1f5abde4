"""No page of the admin stumbles over a damaged row, and those that show it say why it can't be used."""

from html import unescape

import pytest
from django.urls import reverse

from django_jwtkit import moments
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import fault_of
from tests.keys.damage import SECRET, damaged, each_damage

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(admin_client):
    """The text of one of our pages."""

    def shown(name, *args):
        answer = admin_client.get(reverse(f"admin:jwtkit_storedkey_{name}", args=args))
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    return shown


@each_damage
def test_pages_name_it_and_show_nothing_of_what_is_damaged(columns, shown):
    """The list with its plans, and the key's own page; a secret in the wrong column stays there."""
    active = damaged(columns)
    why = fault_of(StoredKey.objects.get(pk=active.pk), moments.now())
    pages = shown("changelist"), shown("change", active.pk)
    assert all(why in page for page in pages)
    assert "what is damaged it does not replace" in pages[0]
    assert not [page for page in pages if SECRET in page or "not json" in page]


@each_damage
def test_operations_are_offered_all_the_same(columns, shown):
    """Each with its plan, and with the fault beside it."""
    active = damaged(columns)
    for name, argument in (("rotate", "access"), ("due", "access"), ("revoke", active.pk)):
        assert "This is what will be done" in shown(name, argument)


def test_a_sound_key_is_called_so(shown):
    """No doubt is sown where there is none."""
    key = StoredKey.objects.filter(ring_id="access").first()
    assert "It can do what it is here for." in shown("change", key.pk)
    assert "all is in order" in shown("changelist")
