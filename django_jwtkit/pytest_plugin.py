"""Fixtures for pytest, by the entry point `pytest11`.

pytest loads this before Django is set up, so models are only imported once a test asks for a fixture.
"""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def jwt_client() -> Callable[..., Any]:
    """Return `django_jwtkit.testing.client_for`: a user and claims in, a client that is logged in out."""
    from django_jwtkit.testing import client_for

    return client_for


@pytest.fixture
def jwt_token() -> Callable[..., str]:
    """Return `django_jwtkit.testing.token_for`: a user and claims in, an access token out."""
    from django_jwtkit.testing import token_for

    return token_for
