"""djoser and dj-rest-auth with tokens of ours, set up by the code of the page: the real packages."""

import pytest

from .stories import story

pytestmark = pytest.mark.once


def test_djoser_reads_the_user_from_our_token():
    """Its three names for tokens are ours; a new password ends the other sessions."""
    steps = story("project", "djoser", "djoser")
    assert steps["me"] == [200, {"email": "ada@example.com", "id": 1, "username": "ada"}]
    assert (steps["verify"], steps["refresh"], steps["set_password"]) == ([200, {}], 200, 204)
    assert steps["afterwards"] == [401, {"detail": "The user's password has been changed."}]


def test_dj_rest_auth_logs_out_where_it_says_so():
    """The session of the token has ended, and no other one."""
    steps = story("project", "dj-rest-auth", "dj_rest_auth")
    assert (steps["user"][0], steps["user"][1]["username"]) == (200, "ada")
    assert steps["logout"] == [200, {"detail": "Successfully logged out."}]
    assert steps["ended"] == [401, {"detail": "Session has ended", "code": "token_not_valid"}]
    assert steps["other"] == 200


def test_dj_rest_auth_changes_a_password():
    """The other sessions of that user are over."""
    steps = story("project", "dj-rest-auth", "dj_rest_auth")
    assert steps["password"] == 200
    assert steps["afterwards"][1]["code"] == "password_changed"
