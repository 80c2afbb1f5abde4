"""What `manage.py check` says of the bridge from simplejwt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks

from django_jwtkit import conf, moments
from django_jwtkit.checks import check_blacklist
from django_jwtkit.sessions.exchanging import blacklist

DAY = timedelta(days=1)


@pytest.fixture
def judge(settings):
    """Return a function: the numbers of our faults under these settings."""

    def judge(until, simple_jwt=None, *, deploy=False, **more):
        settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": until}, **more}
        settings.SIMPLE_JWT = {} if simple_jwt is None else simple_jwt
        faults = run_checks(include_deployment_checks=deploy)
        ours = [fault for fault in faults if fault.id.startswith("jwtkit.")]
        return {fault.id.removeprefix("jwtkit."): f"{fault.msg} {fault.hint}" for fault in ours}

    return judge


def test_a_sound_bridge_is_silent(judge):
    """With simplejwt's defaults."""
    faults = judge(moments.now() + 60 * DAY, deploy=True)
    assert {"E026", "E027", "W016", "W017", "W019", "W045"}.isdisjoint(faults)


NAIVE = datetime(2027, 1, 1)  # noqa: DTZ001 - that is what is wrong


@pytest.mark.parametrize("value", [{}, {"UNTIL": None}, {"UNTIL": "2027-01-01"}, {"UNTIL": NAIVE}, 7])
def test_the_end_is_a_moment(value):
    """Naive ones mean another time on each machine."""
    (problem,) = conf.find_problems({"ACCEPT_SIMPLEJWT": value})
    assert 'ACCEPT_SIMPLEJWT must be {"UNTIL": …}, a datetime with a time zone' in problem.message
    assert not conf.find_problems({"ACCEPT_SIMPLEJWT": {"UNTIL": datetime(2027, 1, 1, tzinfo=UTC)}})
    assert not conf.find_problems({"ACCEPT_SIMPLEJWT": None})


def test_settings_that_verify_nothing_are_an_error(judge):
    """Named, without a key."""
    secret = {"ALGORITHM": "RS256", "SIGNING_KEY": "-----BEGIN PRIVATE KEY-----"}
    fault = judge(moments.now() + DAY, secret)["E026"]
    assert 'SIMPLE_JWT["VERIFYING_KEY"]' in fault
    assert "BEGIN" not in fault
    assert "TRUSTED_ISSUERS" in judge(moments.now() + DAY, {"JWK_URL": "https://x.example.com"})["E026"]


def test_a_long_bridge_is_a_deploy_warning(judge):
    """Over 90 days."""
    assert "W016" in judge(moments.now() + 91 * DAY, deploy=True)
    assert "W016" not in judge(moments.now() + 91 * DAY)


def test_a_bridge_that_is_over_can_go(judge):
    """And its settings are not judged any more."""
    faults = judge(moments.now() - DAY, {"ALGORITHM": "none"})
    assert "W017" in faults
    assert "E026" not in faults


def test_old_tokens_that_a_protection_does_not_reach_are_named(judge):
    """They have no session, and they name no tenant."""
    faults = judge(moments.now() + DAY, CHECK_SESSION=True, KEYRING_SCOPE=f"{__name__}.tenant")
    assert {"W019", "W022"} <= set(faults)


def tenant():
    return "blue"


@pytest.mark.django_db
def test_a_blacklist_without_tables_is_an_error_of_the_database(settings, monkeypatch):
    """Where it is asked for, and not under `migrate`, which makes the tables."""
    monkeypatch.setattr(blacklist.apps, "is_installed", lambda name: True)
    settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": moments.now() + DAY}}
    monkeypatch.setattr("sys.argv", ["manage.py", "check"])
    assert [fault.id for fault in check_blacklist(databases=["default"])] == ["jwtkit.E027"]
    assert check_blacklist(databases=[]) == check_blacklist() == []
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])
    assert check_blacklist(databases=["default"]) == []
