"""A program that has just begun a login may still say what the login claims, and when it ends."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import PasswordChanged, SessionEnded


@pytest.fixture
def claims(pair):
    """The verified claims of the refresh token of a login."""
    return tokens.verify(pair.refresh, kind=tokens.REFRESH)


def test_the_login_says_so_from_now_on(claims, row):
    """In this pair, and in those of each refresh; the counter stays."""
    pair = sessions.amend(claims, login_claims={"role": "admin"})
    assert tokens.verify(pair.access)["role"] == "admin"
    assert row().counter == 0
    assert tokens.verify(sessions.refresh(pair.refresh).access)["role"] == "admin"


def test_the_login_ends_when_it_is_told_to(claims, row):
    """Absolutely; the idle limit stays what it was."""
    ends_by = keys.now() + timedelta(days=2)
    sessions.amend(claims, login_claims={}, ends_by=ends_by)
    assert (row().ends_by, row().expires_at) == (ends_by, ends_by)
    sessions.amend(claims, login_claims={}, ends_by=keys.now() + timedelta(days=60))
    assert row().expires_at < keys.now() + timedelta(days=15)


def test_nothing_new_writes_nothing(claims, django_assert_num_queries):
    """One query, for session and user."""
    sessions.amend(claims, login_claims={})
    with django_assert_num_queries(1):
        sessions.amend(claims, login_claims={})


def test_a_spent_token_amends_nothing(claims, pair, row):
    """Its bearer has no say in the login any more; and the session goes on."""
    sessions.refresh(pair.refresh)
    with pytest.raises(SessionEnded):
        sessions.amend(claims, login_claims={"role": "admin"})
    assert (row().login_claims, row().ended_at) == ({}, None)


def test_a_login_that_is_over_is_not_amended(claims, alice):
    """By a new password, or a logout."""
    alice.set_password("another")
    alice.save()
    with pytest.raises(PasswordChanged):
        sessions.amend(claims, login_claims={})
    sessions.end_all(alice)
    with pytest.raises(SessionEnded):
        sessions.amend(claims, login_claims={})


@pytest.mark.parametrize("bad", [{"sub": "1"}, {"role": {1}}, {"role": "x" * 3000}])
def test_claims_are_judged_as_at_a_login(claims, row, bad):
    """And nothing is written."""
    with pytest.raises((TypeError, ValueError)):
        sessions.amend(claims, login_claims=bad)
    assert row().login_claims == {}
