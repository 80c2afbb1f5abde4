"""The end of a stolen session lasts, whatever happens after the verdict."""

import signal
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import Client, TestCase
from django.urls import include, path

from django_jwtkit import sessions
from django_jwtkit.drf.views import TokenRefreshView
from django_jwtkit.errors import RefreshReused
from tests.support.aging import turn
from tests.support.processes import Processes

FORM = "application/x-www-form-urlencoded"
ATOMIC = {"ATOMIC_REQUESTS": True}


class TroubleError(Exception):
    """What nobody expects."""


class Breaks(TokenRefreshView):
    """A project's view, whose own way with errors breaks."""

    def handle_exception(self, exc):
        super().handle_exception(exc)
        raise TroubleError


@transaction.non_atomic_requests
def decorated(request):
    """A project's plain view: it fails after the verdict."""
    try:
        sessions.refresh(request.POST["refresh"], request=request)
    except RefreshReused:
        raise TroubleError from None


def forgetful(request):
    """A project's plain view without the decorator."""
    return HttpResponse(sessions.refresh(request.POST["refresh"]).access)


urlpatterns = [
    path("breaks/", Breaks.as_view()),
    path("decorated/", decorated),
    path("forgetful/", forgetful),
    path("api/", include("django_jwtkit.drf.urls")),
]


@pytest.fixture
def atomic_requests(monkeypatch):
    """A project with `ATOMIC_REQUESTS`."""
    for settings in (connections.settings["default"], connection.settings_dict):
        monkeypatch.setitem(settings, "ATOMIC_REQUESTS", True)


@pytest.fixture
def spent(pair):
    """A refresh token two generations old."""
    turn(pair.refresh, 2)
    return pair.refresh


def show(where, token):
    """Send a refresh token; a crash is a 500, as on a server."""
    return Client(raise_request_exception=False).post(where, f"refresh={token}", content_type=FORM)


@pytest.mark.threat("RFR-005", "RFR-006")
@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("where", "status"), [("/api/token/refresh/", 401), ("/breaks/", 500), ("/decorated/", 500)]
)
def test_no_view_undoes_the_end(atomic_requests, spent, row, where, status):
    """Neither a 401 under `ATOMIC_REQUESTS`, which rolls back, nor a view that crashes."""
    assert show(where, spent).status_code == status
    assert row().end_reason == "refresh_reused"


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_a_view_that_could_undo_it_is_told_before_anything_happens(atomic_requests, spent, pair, row, caplog):
    """The log says what to write above it, and no token is spent meanwhile."""
    counter = row().counter
    assert show("/forgetful/", spent).status_code == 500
    assert "transaction.non_atomic_requests" in caplog.text
    assert (row().counter, row().ended_at) == (counter, None)


@pytest.mark.threat("RFR-005")
@pytest.mark.django_db(transaction=True)
def test_the_end_outlives_the_process(spent, row):
    """Killed without warning as soon as the verdict is there."""
    with Processes(1, "tests.sessions.racing:reuse_and_die") as processes:
        (child,) = processes.children
        child.stdin.write(f'["{spent}"]\n')
        child.stdin.flush()
        assert child.wait(timeout=30) == -signal.SIGKILL
    assert row().end_reason == "refresh_reused"


class AProjectsTestCase(TestCase):
    """A project tests with `TestCase`: each test in a transaction, which a 401 of ours does not spoil."""

    def setUp(self):
        self.user = get_user_model().objects.create(username="alice")
        self.enterContext(mock.patch.dict(connections.settings["default"], ATOMIC))
        self.enterContext(mock.patch.dict(connection.settings_dict, ATOMIC))

    def test_the_test_goes_on_after_a_refusal(self):
        """Its queries work, and what our view has written is there."""
        first = sessions.start(self.user)
        turn(first.refresh, 2)
        for token in (first.refresh, "x"):
            assert show("/api/token/refresh/", token).status_code == 401
        assert not connection.needs_rollback
        assert get_user_model().objects.count() == 1
        assert sessions.Session.objects.get().end_reason == "refresh_reused"
