"""One-time codes of django-otp, and guesses of them: the real packages, set up by the code of the page."""

import pytest

from .stories import story

pytestmark = pytest.mark.once
GUARDS = ("axes", "throttle")


@pytest.fixture(params=GUARDS)
def steps(request):
    """What a client sees behind django-axes, or behind our own throttle."""
    return story("codes_project", request.param, "axes") | {"guard": request.param}


def test_a_login_takes_password_and_code(steps):
    """The claim says which; a code is good once; a user without a device needs none."""
    assert steps["good"] == [200, ["pwd", "otp"]]
    assert steps["twice"] == 401
    assert steps["no device"] == [200, ["pwd"]]


@pytest.mark.threat("LOG-011")
def test_a_missing_code_looks_like_a_wrong_password(steps):
    """Nobody learns that the password was right."""
    assert steps["missing"] == [401, {"detail": "No active account found with the given credentials"}]


def test_twenty_wrong_codes_lock_the_account(steps):
    """Then the right one is refused too, and other accounts are not."""
    if steps["guard"] == "axes":
        assert (steps["guesses"], steps["locked"]) == ([401], [401, ["detail"]])
        assert steps["counted"] >= 5
    else:
        assert (steps["guesses"], steps["locked"]) == ([401, 429], [429, ["detail"]])
    assert steps["others"] == 200
