"""A project's tests log a user in with one line, through the project's own authentication class."""

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import testing, tokens
from django_jwtkit.errors import TokenExpired

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.drf.project")]


@pytest.fixture
def alice():
    return get_user_model().objects.create_user("alice")


@pytest.mark.parametrize("check_session", [False, True])
def test_a_client_is_logged_in(alice, settings, check_session):
    settings.JWTKIT = {"CHECK_SESSION": check_session, "AUTH_SCHEMES": ("JWT", "Bearer")}
    answer = testing.client_for(alice, role="clerk").get("/me/")
    assert answer.json()["username"] == "alice"
    assert answer.json()["claims"]["role"] == "clerk"


def test_a_token_has_the_claims_that_are_asked_for(alice):
    assert tokens.verify(testing.token_for(alice, role="clerk"))["role"] == "clerk"


def test_an_expired_token_is_otherwise_good(alice):
    with pytest.raises(TokenExpired):
        tokens.verify(testing.expired_token_for(alice))


def test_the_fixtures_are_the_functions(pytestconfig):
    from django_jwtkit.testing import plugin

    assert plugin.jwt_client.__wrapped__() is testing.client_for
    assert plugin.jwt_token.__wrapped__() is testing.token_for
