"""No page of the admin stumbles over a damaged row, and those that show it say why it can't be used."""

import re
from html import unescape

import pytest
from django.urls import reverse

from django_jwtkit import moments
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import fault_of
from tests.keys.damage import SECRET, damaged, each_damage

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(admin_client):
    """The text of one of our pages."""

    def page_of(name, *args):
        answer = admin_client.get(reverse(f"admin:jwtkit_storedkey_{name}", args=args))
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    return page_of


@each_damage
def test_pages_name_the_fault_and_show_no_damaged_part(columns, page_of):
    """The list with its plans, and the key's own page; a secret in the wrong column stays there."""
    active = damaged(columns)
    why = fault_of(StoredKey.objects.get(pk=active.pk), moments.now())
    pages = page_of("changelist"), page_of("change", active.pk)
    assert all(why in re.sub("</?code[^>]*>", "", page) for page in pages)
    assert "Damaged keys are not replaced automatically." in pages[0]
    assert not [page for page in pages if SECRET in page or "not json" in page]


@each_damage
def test_operations_are_offered_anyway(columns, page_of):
    """Each with its plan, and with the fault beside it."""
    active = damaged(columns)
    for name, argument in (("rotate", "access"), ("due", "access"), ("revoke", active.pk)):
        assert "<h2>Plan</h2>" in page_of(name, argument)


def test_a_sound_key_is_called_usable(page_of):
    """Nothing on the pages says otherwise."""
    key = StoredKey.objects.filter(ring_id="access").first()
    assert "Usable." in page_of("change", key.pk)
    assert "Nothing is due." in page_of("changelist")


@pytest.mark.parametrize(
    "columns", [{"sealed": "garbage"}, {"public_jwk": "{not json"}], ids=["private", "public"]
)
def test_a_key_with_a_fault_is_promised_nothing(columns, page_of):
    """It is red, without "signs for another"; whether it still verifies is told apart."""
    active = damaged(columns)
    page = page_of("change", active.pk)
    assert '<span class="jwtkit-badge jwtkit-fault">Active – cannot sign</span>' in page
    assert "Signs for another" not in page
    assert ("no, while this fault lasts" in page) is ("public_jwk" in columns)
    listed = page_of("changelist")
    assert 'class="jwtkit-faulty"' in listed
    assert "1 key cannot do its work." in listed
    assert listed.count('class="jwtkit-bar jwtkit-bar-fault"') == 2
