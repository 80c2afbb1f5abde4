"""A project's tests log a user in with one line, through the project's own authentication class."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import pytest_plugin, testing, tokens
from django_jwtkit.errors import TokenExpired

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
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


def test_the_fixtures_are_the_functions():
    assert pytest_plugin.jwt_client.__wrapped__() is testing.client_for
    assert pytest_plugin.jwt_token.__wrapped__() is testing.token_for


def test_the_plugin_loads_before_django_is_set_up():
    """pytest loads it first, in every project where our package is installed, whatever that project tests."""
    (name,) = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]["pytest11"].values()
    environment = {key: text for key, text in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-c", f"import {name}"]
    done = subprocess.run(
        command, env=environment, cwd=PYPROJECT.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
