"""allauth's headless API with tokens of ours, set up by the code of its page: the real package."""

import pytest

from .stories import story

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def steps():
    """What a client sees."""
    return story("allauth_project", "headless", "allauth")


def test_each_way_to_log_in_gives_a_pair(steps):
    """A password, a code, a passkey, a provider: the access token of each opens our API."""
    meta = ["access_token", "expires_in", "is_authenticated", "refresh_token", "session_token"]
    assert steps["password"] == [200, meta, 300, 200]
    assert steps["passkey"] == [200, 200, 200]
    assert steps["provider"] == [200, 200]


@pytest.mark.threat("LOG-011")
def test_a_login_that_waits_for_its_code_has_no_token(steps):
    """The session token goes on naming the login, and a wrong code gives nothing."""
    assert steps["code"] == [401, False, 400, 200, 200]


def test_a_pair_is_issued_once(steps):
    """Later answers to the session token have none."""
    assert steps["again"] == ["is_authenticated"]


def test_logins_end_on_both_sides(steps):
    """allauth's refresh rotates ours, its logouts end ours, and our logout ends its session token."""
    assert steps["refresh"] == [200, ["access_token", "refresh_token"], True]
    assert steps["garbage"] == [400, {}]
    assert steps["logout"] == [401, 400]
    assert steps["ours"] == [204, 410]
    assert steps["listed"] == [200, 400, 200]


def test_a_new_password_ends_both_sides(steps):
    """The next login is a fresh one: allauth answers no 409, as it does to users who are logged in."""
    assert steps["new password"] == [200, 400, 410, 200]


def test_a_strategy_adds_claims(steps):
    """They stay over refreshes; without a key that signs, the login is a 503."""
    assert steps["claims"] == [["password"], ["password"]]
    assert steps["without keys"] == [503, {"detail": "Token service is unavailable"}]


def test_a_refresh_commits_by_itself(steps):
    """The page's view works where each other view is a transaction."""
    assert steps["atomic"] == [200, 400]
