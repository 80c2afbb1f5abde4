"""Moments are aware and in UTC, in Python and in every column, whatever the zones of project and database."""

from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from unittest.mock import MagicMock, create_autospec
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.admin.dates import date, plain
from django_jwtkit.conf import find_problems
from django_jwtkit.keys import KeyEvent, Ring
from django_jwtkit.sessions import Session

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Berlin, for the first time
SECOND = FIRST + timedelta(hours=1)  # 2:30 once more
NOON = datetime(2026, 7, 1, 12)  # noqa: DTZ001
LIMITS = [
    datetime.min.replace(tzinfo=timezone.get_fixed_timezone(timedelta(hours=23, minutes=59))),
    datetime.max.replace(tzinfo=timezone.get_fixed_timezone(-timedelta(hours=23, minutes=59))),
]
TWICE = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001


@pytest.fixture
def local_time(settings):
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"


@pytest.fixture(params=["aware", "local"])
def zones(request, settings):
    """The project lives in Berlin, or all its moments are without a zone."""
    settings.USE_TZ, settings.TIME_ZONE = request.param == "aware", "Europe/Berlin"


def stored(*times: datetime) -> list[datetime]:
    ring, _ = Ring.objects.get_or_create(name="clocks")
    KeyEvent.objects.bulk_create(KeyEvent(ring=ring, kid="k", action="test", at=at) for at in times)
    return list(KeyEvent.objects.filter(kid="k").order_by("at", "pk").values_list("at", flat=True))


def test_the_present_moment_is_in_utc(zones):
    now = moments.now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    assert moments.at(None).tzinfo is UTC


@pytest.mark.parametrize("kind", ["function", "partial", "autospec", "mock"])
def test_a_clock_in_the_place_of_djangos_is_asked(kind, monkeypatch):
    """Also one that a project's settings put there, which are read before any of our modules."""
    clocks = {
        "function": lambda: FIRST,
        "partial": partial(FIRST.replace, fold=0),
        "autospec": create_autospec(vars(timezone)["now"], return_value=FIRST),
        "mock": MagicMock(return_value=FIRST),
    }
    monkeypatch.setattr(timezone, "now", clocks[kind])
    assert moments.now() == FIRST


def test_a_naive_moment_is_local_time_where_use_tz_is_off(local_time):
    assert moments.aware(NOON) == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_the_hour_that_comes_twice_keeps_its_two_meanings(local_time):
    assert moments.aware(TWICE) == FIRST
    assert moments.aware(TWICE.replace(fold=1)) == SECOND


def test_a_naive_moment_means_nothing_where_use_tz_is_on(settings):
    settings.USE_TZ = True
    with pytest.raises(TypeError, match="must have a time zone unless USE_TZ is False"):
        moments.aware(NOON)


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_moment_that_utc_has_no_date_for_is_refused_in_words(limit):
    """A query string, a form or a file may name the first or the last hour of the calendar in any zone."""
    with pytest.raises(ValueError, match=r"must be in the years 1 to 9999 in UTC, got .*23:59"):
        moments.aware(limit)
    with pytest.raises(ValueError, match="must be in the years 1 to 9999"):
        KeyEvent.objects.filter(at__gte=limit)
    ends = {
        "SEALING_KEYS": [{"id": "a", "key": "k" * 32, "until": limit}],
        "ACCEPT_SIMPLEJWT": {"UNTIL": limit},
    }
    assert [fault.name for fault in find_problems(ends)] == list(ends)


def test_a_naive_limit_is_refused_in_words_too(local_time):
    with pytest.raises(ValueError, match="must be in the years 1 to 9999 in UTC, got 0001-01-01"):
        moments.aware(datetime.min)  # noqa: DTZ901


@pytest.mark.parametrize("name", ["min", "max"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_limits_of_the_calendar_can_be_shown_in_any_zone(zone, name):
    """A key that is trusted until the end of time: the reader's clock may have no such hour."""
    limit = getattr(datetime, name).replace(tzinfo=UTC)
    with timezone.override(ZoneInfo(zone)):
        assert moments.local(limit) == limit
        assert plain(limit)
        assert "<time" in date(limit, moments.now())


@pytest.mark.django_db
def test_both_hours_come_back_from_the_database_as_they_went_in(zones):
    assert stored(SECOND, FIRST) == [FIRST, SECOND]
    assert all(at.tzinfo is UTC for at in stored())
    assert KeyEvent.objects.filter(kid="k", at__gt=FIRST).get().at == SECOND


@pytest.mark.django_db
def test_an_older_driver_keeps_both_hours_too(zones, monkeypatch):
    """psycopg2 does not say which of two equal hours it means, so it is asked for a number."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has two drivers")
    named = ModuleType("psycopg2")
    vars(named).update(
        {name: member for name, member in vars(connection.Database).items() if name[:2] != "__"}
    )
    monkeypatch.setattr(connection, "Database", named)
    exact = SECOND + timedelta(microseconds=123_457)
    assert stored(FIRST, exact) == [FIRST, exact]


@pytest.mark.django_db
def test_a_naive_moment_is_stored_as_the_local_time_that_it_is(local_time):
    assert stored(NOON) == [datetime(2026, 7, 1, 10, tzinfo=UTC)]


@pytest.mark.django_db
def test_the_column_holds_utc(zones):
    """Where databases have no zones: a change of USE_TZ or of a zone leaves every row as it was."""
    stored(FIRST)
    if connection.features.supports_timezones:
        pytest.skip("the column has a zone of its own")
    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM jwtkit_keyevent WHERE kid = 'k'")
        (text,) = cursor.fetchone()
    assert str(text).startswith("2026-10-25 00:30:00")


@pytest.mark.django_db
def test_a_database_with_a_zone_of_its_own_changes_nothing():
    """DATABASES["default"]["TIME_ZONE"]: Django stores local time there, and loses one of two hours."""
    settings, before = connection.settings_dict, connection.settings_dict["TIME_ZONE"]
    settings["TIME_ZONE"] = "Europe/Berlin"
    for name in ("timezone", "timezone_name"):
        vars(connection).pop(name, None)
    try:
        connection.ensure_timezone()
        assert stored(SECOND, FIRST) == [FIRST, SECOND]
        plan = keys.rotate("access")
        detail = KeyEvent.objects.get(ring_id="access", action="made", detail__contains="from now").detail
        assert f"until {plan.after[0].sign_until:%Y-%m-%d %H:%M} UTC" in detail
    finally:
        settings["TIME_ZONE"] = before
        for name in ("timezone", "timezone_name"):
            vars(connection).pop(name, None)
        connection.ensure_timezone()


def test_migrations_know_djangos_field_only():
    _, path, _, options = KeyEvent._meta.get_field("at").deconstruct()
    assert (path, options["default"]) == ("django.db.models.DateTimeField", timezone.now)  # noqa: TID251


@pytest.fixture
def server_in_tokyo(db):
    """The session of a MariaDB server that lives in another zone: Django never sets it."""
    if connection.vendor != "mysql":
        pytest.skip("only MariaDB and MySQL keep a zone that Django does not set")
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+09:00'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = 'SYSTEM'")


@pytest.mark.threat("ZON-004")
def test_the_zone_of_a_server_changes_nothing(server_in_tokyo, zones, django_user_model):
    """The database's own clock is read in UTC, and so is what it has written."""
    user = django_user_model.objects.create_user("alice")
    before = moments.now()
    pair = sessions.start(user)
    successors = sessions.refresh(pair.refresh)
    session = Session.objects.get()
    assert abs(session.rotated_at - before) < timedelta(minutes=1)
    assert abs(keys.now() - before) < timedelta(minutes=1)
    assert sessions.refresh(pair.refresh).access  # within the grace
    keys.rotate("access", at_once=True, force=True)
    assert abs(KeyEvent.objects.latest("at").at - before) < timedelta(minutes=1)
    assert tokens.verify(successors.access)["sub"] == str(user.pk)
