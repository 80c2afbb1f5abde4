"""The simulation finds each kind of fault: a year that is falsified in one way is reported for that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from django_jwtkit.conf import Settings
from django_jwtkit.keys.simulation import check_promises, send_tokens, simulate_year, traffic
from django_jwtkit.keys.simulation.year import WRONG_CLOCKS

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SETTINGS = Settings(ROTATE_EVERY=20 * DAY)


@pytest.fixture
def year():
    return simulate_year("access", SETTINGS, start=START, days=120, random=Random(1))


def falsify(year, change):
    """Change each key of each version, and each key as it was in the end."""
    year.versions = [tuple(filter(None, map(change, keys))) for keys in year.versions]
    year.last = {kid: change(key) or key for kid, key in year.last.items()}


def reasons_in(year):
    return set(send_tokens(year, Random(1)).reasons)


def test_a_sound_year_has_no_faults(year):
    """At least five changeovers, with a dead job and a lost standby among them."""
    assert len(year.changeovers()) >= 5
    assert year.revoked is not None
    assert reasons_in(year) == set()
    assert not any(promise.is_broken for promise in check_promises(year, send_tokens(year, Random(1))))


def test_a_key_that_ends_too_soon_is_reported(year):
    """It no longer verifies its last tokens, and the broken promise is named."""
    falsify(year, lambda key: replace(key, margin=-HOUR))
    assert traffic.OVER in reasons_in(year)
    broken = {
        promise.name for promise in check_promises(year, send_tokens(year, Random(1))) if promise.is_broken
    }
    assert "kept until its last token has expired" in broken


def test_a_turn_without_a_key_is_reported(year):
    """Nothing is signed in it."""
    second = sorted(year.keys, key=lambda key: key.sign_from)[1].kid
    falsify(year, lambda key: None if key.kid == second else key)
    assert traffic.UNSIGNED in reasons_in(year)


def test_a_key_that_signs_before_consumers_have_it_is_reported():
    """Servers without a database have old snapshots, and consumers have old caches."""
    late = replace(SETTINGS, PUBLISH_BEFORE=timedelta(0))
    for ring, why in (("refresh", traffic.UNKNOWN), ("access", traffic.UNHEARD)):
        year = simulate_year(ring, late, start=START, days=120, random=Random(1))
        assert why in reasons_in(year)
        assert (
            check_promises(year, send_tokens(year, Random(1)))[0].name
            == "published long enough before it signs"
        )


def test_a_false_alarm_is_reported(year, monkeypatch):
    """Servers that believed that a turn begins an hour later than it does would report a theft."""
    later = {kid: replace(key, sign_from=key.sign_from + HOUR) for kid, key in year.last.items()}
    judge = traffic._judge

    def by_the_wrong_row(world, keys, token, now):
        return judge(world, tuple(later[key.kid] for key in keys), token, now)

    monkeypatch.setattr(traffic, "_judge", by_the_wrong_row)
    assert traffic.ALARM in reasons_in(year)


def test_hosts_that_are_wrong_by_an_hour_reject_nothing(year):
    """Jobs run on all of them, and each signs and verifies: all go by the database's clock."""
    assert {abs(wrong) for wrong in WRONG_CLOCKS} == {timedelta(0), HOUR / 2, HOUR}
    assert reasons_in(year) == set()


@pytest.mark.parametrize("seed", range(3))
def test_hosts_that_go_by_their_own_clocks_are_reported(seed):
    """Otherwise the simulation would not show the need for one clock."""
    year = simulate_year("access", SETTINGS, start=START, days=120, random=Random(seed), one_clock=False)
    assert traffic.AHEAD in set(send_tokens(year, Random(seed)).reasons)
