"""Tokens made by djangorestframework-simplejwt itself, and a project that accepts them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def until():
    """The last moment of old tokens."""
    return datetime.now(UTC) + timedelta(days=60)


@pytest.fixture
def bridge(settings, until):
    """Switch the bridge on, with further settings of ours."""

    def switch(**more):
        settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": until}, **more}

    switch()
    return switch


@pytest.fixture
def old(bridge, settings):
    """Return an issuer: simplejwt under the project's `SIMPLE_JWT`."""
    from tests.simplejwt.issuing import SECRET, OldIssuer  # skips where simplejwt is not installed

    issuers = []

    def under(**simple_jwt):
        settings.SIMPLE_JWT = {"SIGNING_KEY": SECRET, **simple_jwt}
        issuers.append(OldIssuer(settings.SIMPLE_JWT))
        return issuers[-1]

    yield under
    for issuer in reversed(issuers):
        issuer.close()


@pytest.fixture
def issuer(old):
    """Simplejwt with its defaults, and a secret of the project's."""
    return old()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password="correct horse")
