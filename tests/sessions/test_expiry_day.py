"""`expires_on` is the day of `expires_at` in UTC, whoever writes that and however."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.db import connection

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import RefreshReused
from django_jwtkit.sessions import Session

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 29, tzinfo=UTC)  # in Europe the hour that is left out begins an hour later
NEARLY = timedelta(microseconds=1)
TIMES = [MIDNIGHT - NEARLY, MIDNIGHT, MIDNIGHT + NEARLY, MIDNIGHT + timedelta(hours=23, minutes=59)]
FAR = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2400, 2, 29, 12, tzinfo=UTC)]


def refresh_later(pair, now):
    sessions.refresh(pair.refresh, now=now + 3 * DAY)


def amend(pair, now):
    claims = tokens.verify(pair.refresh, kind=tokens.REFRESH)
    sessions.amend(claims, login_claims={}, ends_by=now + 2 * DAY)


def end(pair, now):
    sessions.end(tokens.verify(pair.access)["sid"])


def end_all(pair, now):
    sessions.end_all(get_user_model().objects.get(), now=now + DAY)


def end_many(pair, now):
    sessions.end_many(Session.objects.all(), reason="admin", now=now + DAY)


def reuse(pair, now):
    sessions.refresh(pair.refresh, now=now + DAY)
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh, now=now + 2 * DAY)


def save(pair, now):
    session = Session.objects.get()
    session.expires_at = now - 40 * DAY
    session.save(update_fields=["expires_at"])


def update(pair, now):
    Session.objects.update(expires_at=now + 40 * DAY)


def write_by_hand(pair, now):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jwtkit_session SET expires_at = '2030-01-02 23:30:00.5'")


def restore(pair, now):
    text = serializers.serialize("json", Session.objects.all())
    Session.objects.all().delete()
    for each in serializers.deserialize("json", text):
        each.save()


CHANGES = [refresh_later, amend, end, end_all, end_many, reuse, save, update, write_by_hand, restore]


def assert_days_are_right():
    stored = list(Session.objects.values_list("expires_on", "expires_at"))
    assert stored
    for day, moment in stored:
        assert type(day) is date
        assert day == moment.astimezone(UTC).date()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_each_way_to_move_the_end_moves_the_day(pair, now, change, settings):
    """The database computes it: no statement of ours, of a project or of an operator can forget it."""
    settings.TIME_ZONE = "Pacific/Auckland"
    change(pair, now)
    assert_days_are_right()


@pytest.mark.parametrize("moment", TIMES + FAR, ids=str)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_day_is_that_of_utc(alice, moment, zone):
    """Also in the session of a database in another time zone, and on both sides of midnight."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            offset = {"UTC": "+00:00", "Pacific/Auckland": "+13:00", "America/Los_Angeles": "-08:00"}[zone]
            name, value = (
                ("TIME ZONE", zone) if connection.vendor == "postgresql" else ("time_zone =", offset)
            )
            cursor.execute(f"SET {name} '{value}'")
    Session.objects.create(user=alice, expires_at=moment, ends_by=moment)
    stored = Session.objects.values_list("expires_on", flat=True).get()
    assert stored == moment.date()


@pytest.mark.parametrize("moment", TIMES, ids=str)
def test_the_day_narrows_and_the_time_decides(alice, moment):
    """To the microsecond: what expires now is over, what expires a microsecond later is alive."""
    over, alive = (
        Session.objects.create(user=alice, expires_at=at, ends_by=at) for at in (moment, moment + NEARLY)
    )
    assert list(sessions.living(moment)) == [alive]
    assert sessions.prune(now=moment) == 1
    assert not Session.objects.filter(pk=over.pk).exists()
    assert sessions.end(alive.pk, now=moment)


def test_an_end_that_is_moved_by_hand_is_obeyed_at_once(pair, alice, now):
    """Earlier or later, by SQL: the lists, the logouts and the pruning see it."""
    Session.objects.update(expires_at=now - 9 * DAY)
    assert not sessions.live(alice).exists()
    Session.objects.update(expires_at=now + 900 * DAY)
    assert sessions.live(alice).exists()
    assert sessions.prune(now=now + 899 * DAY) == 0
    assert sessions.end_all(alice) == 1


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 1000])
def test_a_pruning_meets_each_of_the_dead_once(alice, now, batch):
    """Over many days, with many of one day and of one login's time, beside others that live."""
    noon = now.replace(hour=12)
    for number in range(20):
        at = noon - number % 3 * DAY
        Session.objects.create(user=alice, created_at=noon - number // 6 * DAY, expires_at=at, ends_by=at)
    living = [
        Session.objects.create(user=alice, created_at=noon - DAY, expires_at=noon + NEARLY, ends_by=noon)
        for _ in range(5)
    ]
    counts = []
    assert sessions.prune(now=noon, batch=batch, progress=counts.append) == 20
    assert counts == [*range(batch, 20, batch), 20]
    assert set(Session.objects.all()) == set(living)
