"""The health of the keys as one value: read with few queries, and remembered for a minute."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_jwtkit import health, keys
from django_jwtkit.errors import NoUsableKey, SealingKeyLost
from django_jwtkit.health import Kind, memory
from django_jwtkit.keys import State, StoredKey
from tests.keys.rows import key_in
from tests.support import unhealthy

pytestmark = pytest.mark.django_db
MOST = 6  # queries


def queries():
    keys.now()  # which asks the database now and then
    with CaptureQueriesContext(connection) as done:
        assert health.read_health().rings
    return len(done)


@pytest.mark.parametrize(
    "state", [unhealthy.all_is_well, *unhealthy.STATES], ids=lambda state: state.__name__
)
def test_the_queries_are_as_many_for_each_number_of_rings(state, settings):
    """However many rings there are, and whatever is wrong with them."""
    unhealthy.make(state, settings)
    few = queries()
    settings.JWTKIT = {**settings.JWTKIT, "KEY_RINGS": {f"r{number}": {} for number in range(20)}}
    with suppress(SealingKeyLost):
        keys.make_missing("default")
    assert queries() == few <= MOST


def test_a_key_that_only_verifies_is_counted_and_dated():
    """Retired ones and imported ones; the last end is told."""
    keys.rotate("access", at_once=True, force=True)
    ring = next(ring for ring in health.read_health().rings if ring.ring == "access")
    assert [key.kid for key in ring.verifying] == [key_in(State.RETIRED).kid]
    assert ring.verifying_until == key_in(State.RETIRED).verify_until
    assert ring.states == {State.ACTIVE: 1, State.STANDBY: 1, State.RETIRED: 1}


def test_a_ring_that_has_left_the_settings_needs_no_job(settings):
    """Its keys verify until they end, and one that was tampered with is still told."""
    settings.JWTKIT = {**settings.JWTKIT, "KEY_RINGS": {"mail": {}}}
    keys.rotate("mail")
    settings.JWTKIT = {**settings.JWTKIT, "KEY_RINGS": {}}
    now = health.read_health().now + timedelta(days=400)
    mail = next(ring for ring in health.read_health(now).rings if ring.ring == "mail")
    assert mail.is_abandoned
    assert mail.faults == ()
    StoredKey.objects.filter(ring_id="mail").update(alg="ES384")
    keys.forget()
    assert {fault.kind for fault in health.read_health().faults} == {Kind.TAMPERED}


def test_a_denied_key_does_not_sign(settings):
    """The next one's turn has not come, so nothing does: as a login finds out."""
    settings.JWTKIT = {**settings.JWTKIT, "DENY_KIDS": [key_in(State.ACTIVE).kid]}
    keys.forget()
    assert Kind.NO_SIGNER in {fault.kind for fault in health.read_health().faults}
    with pytest.raises(NoUsableKey):
        keys.signing_key("access", now=keys.now(), lifetime=timedelta(minutes=5))


def test_pages_read_it_once_a_minute(monkeypatch):
    """No query while it is young; bad news is asked for again sooner."""
    health.recent_health()
    with CaptureQueriesContext(connection) as done:
        assert health.recent_health().is_ok
    assert len(done) == 0
    later = memory.db.steady() + memory.GOOD_FOR + 1
    monkeypatch.setattr(memory.db, "steady", lambda: later)
    with CaptureQueriesContext(connection) as done:
        health.recent_health()
    assert len(done) > 0


def test_the_good_news_comes_after_seconds(settings):
    """An operator who has repaired something looks again."""
    unhealthy.make(unhealthy.overdue_job, settings)
    assert not health.recent_health().is_ok
    assert memory.BAD_FOR < memory.GOOD_FOR
    (remembered,) = memory._recent.values()
    assert remembered.until <= memory.db.steady() + memory.BAD_FOR


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_read_says_so_and_spoils_no_transaction(take_away):
    """A page of another app goes on, in its own transaction."""
    take_away(StoredKey)
    with transaction.atomic():
        (fault,) = health.recent_health().faults
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert fault.kind is Kind.UNREADABLE
    assert "manage.py migrate" in fault.message
    assert "jwtkit_storedkey" not in fault.message
