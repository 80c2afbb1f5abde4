"""People who may look, people who may act, and rings with a past."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from django_jwtkit import keys, moments
from tests.keys.rows import wipe


@pytest.fixture
def past(db):
    """A year of key history in each ring, as the job has written it; the last change was 15 days ago."""
    wipe()
    keys.forget()
    now = moments.now()
    for days in (375, 285, 195, 105, 15, 0):
        for ring in ("access", "refresh", "kinds", "encryption"):
            keys.rotate(ring, now=now - timedelta(days=days), source="test")


@pytest.fixture
def signing(past):
    """The key that signs in the ring `access`."""
    return next(
        key for key in keys.StoredKey.objects.filter(ring_id="access") if key.state() is keys.State.ACTIVE
    )


@pytest.fixture
def browser(db):
    """A logged-in client of a member of staff with these permissions; of a superuser for "all"."""

    def login(*permissions):
        user = User.objects.create_user("-".join(permissions) or "nobody", is_staff=True)
        user.is_superuser = permissions == ("all",)
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def root(browser):
    return browser("all")
