"""One clock: a process goes by its database's, whatever is wrong with the host's."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import db, keys, moments, sessions, tokens
from django_jwtkit.db import clock
from django_jwtkit.errors import TokenError
from django_jwtkit.keys import StoredKey
from tests.db.clocks import host_is_behind

pytestmark = pytest.mark.threat("KEY-009")

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ALIAS = "a database of the test"


@pytest.fixture
def hands(monkeypatch):
    """A machine whose clocks the test moves: `steady` and the time of day."""

    class Hands:
        steady, wall = 1000.0, 1_800_000_000.0

        def pass_(self, seconds: float) -> None:
            self.steady += seconds
            self.wall += seconds

    hands = Hands()
    monkeypatch.setattr(clock, "steady", lambda: hands.steady)
    monkeypatch.setattr(clock, "wall", lambda: hands.wall)
    monkeypatch.setattr(clock, "django_now", lambda: (datetime.fromtimestamp(hands.wall, UTC), True))
    yield hands
    db.forget_readings()


def read(hands, ahead: float, *, took: float = 0.0) -> None:
    """Ask a database that is `ahead` of the host; the answer takes so long, most of it on its way back."""
    started, shown_time = hands.steady, hands.wall + ahead + took / 4
    hands.pass_(took)
    db.note_reading(ALIAS, shown_time, started)


def error(hands, ahead: float) -> float:
    """How far the process's time is from that of a database which is `ahead` of the host."""
    return db.now(ALIAS).timestamp() - (hands.wall + ahead)


@pytest.mark.parametrize("ahead", [3600.0, -3600.0, 86400.0, 2.5, 0.0])
def test_a_process_goes_on_with_its_last_reading(hands, ahead):
    """A host that is behind or ahead, for as long as the database is away."""
    read(hands, ahead)
    for passed in (0.0, 1.0, 3600.0):
        hands.pass_(passed)
        assert error(hands, ahead) == pytest.approx(0, abs=1e-3)


@pytest.mark.threat("CLK-005")
@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_a_time_of_day_that_is_set_moves_nothing(hands, step):
    """The steady clock goes on, and is what the reading is kept with."""
    read(hands, 10.0)
    hands.wall += step
    assert error(hands, 10.0 - step) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_database_whose_clock_is_set_is_followed_at_the_next_look(hands, jump):
    """A failover to a server with another clock, as well."""
    read(hands, 0.0)
    read(hands, jump)
    assert error(hands, jump) == pytest.approx(0, abs=1e-3)


def test_a_host_that_may_be_right_keeps_its_own_time(hands):
    """A slow answer is no reason to differ from it."""
    read(hands, 2.0, took=5.0)
    assert db.now(ALIAS).timestamp() == hands.wall
    assert db.host_lag(ALIAS) == 0


def test_a_slow_answer_does_not_spoil_a_good_reading(hands):
    """It says little, and what was known already fits in."""
    read(hands, 100.0)
    read(hands, 100.0, took=8.0)
    assert error(hands, 100.0) == pytest.approx(0, abs=1e-3)


def test_the_steady_clock_cannot_be_frozen():
    """It is what the age of a reading is told by."""
    freezegun, time_machine = pytest.importorskip("freezegun"), pytest.importorskip("time_machine")
    before = moments.steady()
    for way in (freezegun.freeze_time("2001-01-01"), time_machine.travel("2001-01-01", tick=False)):
        with way:
            assert 0 <= moments.steady() - before < 60
            assert abs(moments.wall() - datetime.now(UTC).timestamp()) > 1e8
            assert moments.django_now() == (moments.now(), False)
    assert moments.django_now()[1]


@pytest.mark.django_db
def test_it_is_the_clock_and_not_the_start_of_a_statement(database_server):
    """A statement, a transaction that has waited: the last question counts."""
    with connection.cursor() as cursor:
        wait = {"postgresql": "pg_sleep(0.5)", "mysql": "SLEEP(0.5)"}[connection.vendor]
        first = db.read_clock("default")
        cursor.execute(f"SELECT {wait}")
        assert db.read_clock("default") - first >= SECOND / 2
    assert abs(db.read_clock("default") - moments.now()) < timedelta(seconds=5)


@pytest.fixture
def alice(django_user_model):
    return django_user_model.objects.create_user("alice")


@pytest.mark.threat("CLK-003")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("behind", [HOUR, -HOUR], ids=["behind", "ahead"])
def test_a_wrong_host_signs_verifies_and_refreshes_as_all_do(behind, alice):
    """What it issues is good elsewhere, what it is shown is judged by the database's time."""
    here = tokens.issue(alice)
    elsewhere = tokens.issue(alice, now=moments.now() + behind)
    with host_is_behind(behind):
        shared = moments.now() + behind
        text, pair = tokens.issue(alice), sessions.start(alice)
        issued = datetime.fromtimestamp(float(tokens.verify(text)["iat"]), UTC)
        assert abs(issued - shared) < 5 * SECOND
        session = sessions.Session.objects.get()
        assert abs(session.created_at - shared) < 5 * SECOND
        assert sessions.refresh(pair.refresh)
        assert sessions.end(session.pk)
        assert abs(sessions.Session.objects.get().ended_at - shared) < 5 * SECOND
        assert tokens.verify(elsewhere)
        with pytest.raises(TokenError):
            tokens.verify(here)  # an hour old by the shared clock, or of an hour to come


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("behind", [HOUR, -HOUR], ids=["behind", "ahead"])
def test_rotation_and_revocation_go_by_the_databases_clock(behind):
    """Read at that moment, whatever the process knew."""
    with host_is_behind(behind):
        shared = moments.now() + behind
        plan = keys.rotate("access", at_once=True, force=True)
        assert abs(plan.now - shared) < 5 * SECOND
        kid = keys.signing_key("access", now=keys.now(), lifetime=SECOND).kid
        assert abs(keys.revoke(kid, reason="test").now - shared) < 5 * SECOND
        assert abs(StoredKey.objects.get(kid=kid).revoked_at - shared) < 5 * SECOND


@pytest.mark.django_db
def test_no_question_more_is_asked():
    """The time comes with the generation."""
    with host_is_behind(HOUR), CaptureQueriesContext(connection) as context:
        ring = keys.keyring("access")
        assert abs(ring.now - moments.now() - HOUR) < 5 * SECOND
    (query,) = [query_row["sql"] for query_row in context if "3600.0" in query_row["sql"]]
    assert "generation" in query


@pytest.mark.django_db
def test_a_moment_that_is_passed_in_goes_before_it(alice):
    with host_is_behind(HOUR):
        now = moments.now()
        assert tokens.verify(tokens.issue(alice, now=now), now=now)["iat"] == int(now.timestamp())


@pytest.mark.django_db
@pytest.mark.parametrize(("behind", "words"), [(HOUR, "1 hour behind"), (-HOUR, "1 hour ahead of")])
def test_a_wrong_host_says_so_once_an_hour(behind, words, caplog, monkeypatch):
    monkeypatch.setattr(keys.store.clock, "_warned", {})
    with host_is_behind(behind), caplog.at_level(logging.WARNING, "django_jwtkit.keys"):
        for _ in range(3):
            keys.forget()
            keys.keyring("access")
    lines = [record for record in caplog.records if record.event == "clock_lag"]
    assert len(lines) == 1
    assert words in lines[0].getMessage()
    assert abs(lines[0].seconds - behind.total_seconds()) < 5


@pytest.mark.django_db
def test_a_host_within_clock_skew_says_nothing(caplog):
    with host_is_behind(timedelta(seconds=50)):
        keys.keyring("access")
    assert "clock" not in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("behind", [HOUR, -HOUR], ids=["behind", "ahead"])
def test_the_database_checks_find_it(behind):
    from django.core import checks

    def queries() -> list[str]:
        messages = checks.run_checks(databases=["default"])
        return [message.msg for message in messages if message.id == "jwtkit.W018"]

    assert queries() == []
    with host_is_behind(behind):
        (message,) = queries()
        assert ("behind" if behind > timedelta(0) else "ahead of") in message
        assert abs(keys.clock_lag("default") - behind) < 5 * SECOND


@pytest.mark.django_db
def test_a_frozen_clock_goes_before_the_databases(alice):
    freezegun = pytest.importorskip("freezegun")
    day = datetime(2031, 5, 6, tzinfo=UTC)
    with host_is_behind(HOUR), freezegun.freeze_time(day):
        assert keys.now() == day
        assert keys.keyring("access").now == day
        assert keys.preview("access").now == day
