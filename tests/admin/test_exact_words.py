"""What the overview and the list say of a missing key or sealing key is no more than what is known."""

import re
from datetime import timedelta
from html import unescape

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.keys import Ring, State, StoredKey
from tests.keys.rows import key_in, vouch_for
from tests.support import unhealthy

pytestmark = pytest.mark.django_db
OVERVIEW, LIST = "/admin/jwtkit/", "/admin/jwtkit/storedkey/"


def words(response):
    return " ".join(unescape(re.sub("<[^>]+>", " ", response.content.decode())).split())


def take_standby(ring, ago):
    """Delete the standby of `ring`, whose key has signed for `ago`."""
    StoredKey.objects.filter(pk=key_in(State.STANDBY, ring).pk).delete()
    begun = moments.now() - ago
    rows = StoredKey.objects.filter(ring_id=ring)
    rows.update(sign_from=begun, published_at=begun, sign_until=None, open_slot=1)
    vouch_for(ring)


def test_a_key_that_the_next_run_makes_is_no_fault_on_any_page(root, settings):
    """Its turn has just begun, and the job runs in time: both pages are calm, and say what comes next."""
    unhealthy.all_is_well(settings)
    for ring in Ring.objects.values_list("pk", flat=True):
        take_standby(ring, timedelta(hours=2))
    overview = words(root.get(OVERVIEW))
    assert "rings are in order. The next run of rotate_keys makes the next ones." in overview
    assert "the next run of rotate_keys makes it, by" in overview
    assert "No next key" not in words(root.get(LIST))


def test_a_ring_without_consumers_is_not_said_to_have_any(root, settings):
    """And nothing is said of a time since which there was no next key: nobody knows it."""
    unhealthy.all_is_well(settings)
    for ring in ("access", "refresh"):
        take_standby(ring, timedelta(days=7))
    overview = words(root.get(OVERVIEW))
    assert overview.count("no consumer would know another") == 1
    assert "a new one would have to be made first" in overview
    assert "Ring refresh has no next key, and its key has been signing since" in overview
    assert words(root.get(LIST)).count("No next key, so rotate_keys must run: access , refresh") == 1


def test_a_lost_sealing_key_names_all_rings(root, settings):
    """The command stands there whole, and the JWKS is not called empty."""
    unhealthy.make(unhealthy.lost_sealing_key, settings)
    overview = words(root.get(OVERVIEW))
    assert "of: access, refresh, kinds, encryption" in overview
    assert "python manage.py rotate_keys --ring access --now --force" in overview
    assert "The same for each of: refresh, kinds, encryption" in overview
    assert "0 public keys" not in overview


def test_the_axis_shows_a_whole_turn_without_a_next_key(root, settings):
    """Of a ring that rotates every 90 days, not of three days."""
    unhealthy.all_is_well(settings)
    for ring in Ring.objects.values_list("pk", flat=True):
        take_standby(ring, timedelta(hours=2))
    keys.forget()
    page = root.get(LIST).content.decode()
    labels = re.findall("jwtkit-tick-label[^>]*>([^<]*)<", page)
    later = moments.now() + timedelta(days=62)
    assert any(f"{later:%b}" in label for label in labels), labels
