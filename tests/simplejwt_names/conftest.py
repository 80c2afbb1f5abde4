"""A user, and a client of the project in `project.py`."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

from tests.drf.client import PASSWORD, Api


@pytest.fixture(autouse=True)
def _clean():
    """Nothing that another test has left in the process."""
    cache.clear()


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password=PASSWORD)
