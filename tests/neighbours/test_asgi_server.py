"""Async views behind a real ASGI server, while the keys are due to be read again all the time."""

import pytest

from .stories import story

pytestmark = pytest.mark.once


def test_uvicorn_answers_each_request():
    """No 500 and no 503, in any interval of KEYRING_MAX_AGE; a revocation and a logout are obeyed."""
    steps = story("asgi_project", "server", "uvicorn")
    assert (steps["login"], steps["refresh"]) == (200, 200)
    for where in ("/me/", "/here/", "/api/sessions/"):
        assert steps[where] == {"200": 24}, where
    assert steps["revoked"] == [401, 401]
    assert steps["ended"] == [401, 200]  # the token itself is good until it expires
