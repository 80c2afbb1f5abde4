"""Fixtures for pytest, by the entry point `pytest11`. Nothing is imported before a test asks for one."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def jwt_client() -> Callable[..., Any]:
    """Return `django_jwtkit.testing.client_for`: a user and claims in, a client that is logged in out."""
    from . import client_for

    return client_for


@pytest.fixture
def jwt_token() -> Callable[..., str]:
    """Return `django_jwtkit.testing.token_for`: a user and claims in, an access token out."""
    from . import token_for

    return token_for
