"""The tables of simplejwt's blacklist: read as long as they are there, and missed where they should be."""

from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.db.utils import ConnectionDoesNotExist

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import ServiceUnavailable, SessionEnded
from django_jwtkit.sessions import Session
from django_jwtkit.sessions.exchanging.blacklist import APP, BlacklistedToken, OutstandingToken

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def tables():
    """Have the two tables, as simplejwt's migrations name them."""
    with connection.schema_editor() as editor:
        editor.create_model(OutstandingToken)
        editor.create_model(BlacklistedToken)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(BlacklistedToken)
            editor.delete_model(OutstandingToken)


@pytest.fixture
def blacklist():
    """Return a function that puts an old refresh token on the blacklist."""

    def put(text):
        jti = tokens.simplejwt.verify(text, token_type=tokens.simplejwt.REFRESH)["jti"]
        outstanding = QuerySet(OutstandingToken).create(jti=jti)
        QuerySet(BlacklistedToken).create(token=outstanding)

    with tables():
        yield put


@pytest.fixture
def installed(monkeypatch):
    """Be a project in which the old app is installed."""
    is_installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name == APP or is_installed(name))


@pytest.mark.parametrize("rotate", [True, False])
def test_a_blacklisted_token_is_refused(bridge, issuer, alice, blacklist, rotate):
    """Though the old app is no longer installed. The others become sessions."""
    bridge(ROTATE_REFRESH=rotate)
    bad, good = issuer.refresh(alice), issuer.refresh(alice)
    blacklist(bad)
    with pytest.raises(SessionEnded):
        sessions.refresh(bad)
    with pytest.raises(SessionEnded):
        sessions.check_simplejwt(tokens.simplejwt.verify(bad, token_type=None))
    assert not Session.objects.exists()
    assert sessions.refresh(good)


def test_a_token_that_an_old_worker_blacklists_later_goes_on_no_more(bridge, issuer, alice, blacklist):
    """Both packages may run side by side."""
    bridge(ROTATE_REFRESH=False)
    old = issuer.refresh(alice)
    sessions.refresh(old)
    blacklist(old)
    with pytest.raises(SessionEnded):
        sessions.refresh(old)


def test_without_app_and_tables_nothing_is_blacklisted(issuer, alice):
    """The project has never had them."""
    assert sessions.refresh(issuer.refresh(alice))
    assert sessions.find_lost_blacklist() is None


def test_an_installed_blacklist_without_tables_is_a_503(issuer, alice, installed):
    """Nobody knows which tokens are good, and no row is written."""
    with pytest.raises(ServiceUnavailable, match="migrate token_blacklist"):
        sessions.refresh(issuer.refresh(alice))
    assert not Session.objects.exists()
    assert sessions.find_lost_blacklist() == "default"


def test_an_installed_blacklist_with_tables_is_sound(installed):
    """Nothing to report."""
    with tables():
        assert sessions.find_lost_blacklist() is None


class Elsewhere:
    """A router that keeps the old app in a database of its own."""

    def db_for_read(self, model, **hints):
        return "old" if model._meta.app_label == "token_blacklist" else None

    db_for_write = db_for_read


def test_the_blacklist_is_asked_where_the_routers_say(issuer, alice, settings):
    """A database that is not there would be asked, and nothing else in its place."""
    settings.DATABASE_ROUTERS = [Elsewhere()]
    with pytest.raises(ConnectionDoesNotExist, match="old"):
        sessions.refresh(issuer.refresh(alice))
    assert not Session.objects.exists()
