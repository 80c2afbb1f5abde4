"""Each twin does what its sync function does, and the sync function names it in an event loop."""

import inspect
from importlib import import_module

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import alogout
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connections, transaction
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from django_jwtkit import db, sessions, tokens
from django_jwtkit.errors import InsideEventLoop, InsideTransaction, SessionEnded, TokenError

pytestmark = pytest.mark.django_db


def public(name):
    """Return the function that our documents call `name`."""
    room, function = name.split(".")
    return getattr(import_module(f"django_jwtkit.{room}"), function)


@pytest.mark.parametrize(("name", "twin"), db.TWINS.items())
def test_a_twin_takes_the_same_arguments(name, twin):
    """And says so to editors and type checkers."""
    assert twin == name.replace(".", ".a")
    assert inspect.iscoroutinefunction(public(twin))
    assert inspect.signature(public(twin)) == inspect.signature(public(name))
    assert public(twin).__name__ in public(twin).__qualname__ == twin.split(".")[1]


def test_a_login_lives_and_ends_in_an_event_loop(in_loop, alice):
    """Started, checked, refreshed, ended, with the results of the sync functions."""
    pair = in_loop(sessions.astart, alice, claims={"amr": ["otp"]})
    claims = in_loop(tokens.averify, pair.access)
    assert claims["amr"] == ["otp"]
    assert in_loop(sessions.acheck, claims) == alice
    again = in_loop(sessions.arefresh, text=pair.refresh)
    assert in_loop(tokens.averify, again.refresh, kind=tokens.REFRESH)["sid"] == claims["sid"]
    assert in_loop(sessions.aend, claims["sid"]) is True
    assert in_loop(sessions.aend, claims["sid"]) is False
    in_loop(sessions.astart, alice)
    assert in_loop(sessions.aend_all, alice) == 1
    assert in_loop(tokens.averify, in_loop(tokens.aissue, alice, claims={"role": "admin"}))["role"] == "admin"


def test_a_twin_raises_what_its_function_raises(in_loop, alice):
    pair = sessions.start(alice)
    claims = tokens.verify(pair.access)
    sessions.end(claims["sid"])
    for call in (lambda: sessions.acheck(claims), lambda: sessions.arefresh(pair.refresh)):
        with pytest.raises(SessionEnded) as error:
            in_loop(call)
        assert error.value.sid == claims["sid"]
    with pytest.raises(TypeError, match="AUTH_USER_MODEL"):
        in_loop(tokens.aissue, None)


def test_a_sync_function_names_its_twin_each_time(in_loop, alice):
    """Also where the process could answer from memory: a call that fails now and then passes every test."""
    pair = sessions.start(alice)
    claims = tokens.verify(pair.access)
    calls = {
        "sessions.start": (alice,),
        "sessions.refresh": (pair.refresh,),
        "sessions.check": (claims,),
        "sessions.end": (claims["sid"],),
        "sessions.end_all": (alice,),
        "tokens.issue": (alice,),
    }
    for name, arguments in calls.items():
        with pytest.raises(InsideEventLoop, match=rf"^{name} .* await {db.TWINS[name]}\("):
            in_loop(public(name), *arguments)


def test_a_notebook_may_wait(in_loop, alice, monkeypatch):
    """Django's own variable for that: a query in its event loop holds up nobody."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

    def issue():
        try:
            return tokens.issue(alice)
        finally:
            connections.close_all()  # those of the loop's thread

    assert in_loop(issue)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_inside_a_transaction_is_refused(alice):
    """A thread of the loop is that of the caller, whose transaction could still be rolled back."""
    pair = sessions.start(alice)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        async_to_sync(sessions.arefresh)(pair.refresh)


@pytest.mark.threat("LEAK-005")
def test_an_error_report_of_a_twin_shows_no_token(alice, settings):
    """Not in our frames, nor in those that carry the call to its thread and back."""
    settings.DEBUG = False
    pair = sessions.start(alice)
    sessions.end_all(alice)
    secret = pair.refresh.split(".")[1]

    async def refresh():
        await sessions.arefresh(pair.refresh)

    with pytest.raises(TokenError) as error:
        async_to_sync(refresh)()
    reporter = ExceptionReporter(None, error.type, error.value, error.tb)
    frames = [frame for frame in reporter.get_traceback_data()["frames"] if frame["function"] not in HOLDERS]
    assert {"twin", "__call__"} <= {frame["function"] for frame in frames}
    assert secret not in str([frame["vars"] for frame in frames])


# The frames of this test hold the pair; a project's own would, too.
HOLDERS = {"refresh", "test_an_error_report_of_a_twin_shows_no_token"}


def test_a_logout_through_django_ends_the_login(in_loop, alice):
    """Its asynchronous form sends the signal to our receiver in a thread."""
    claims = tokens.verify(sessions.start(alice).access)
    request = RequestFactory().get("/")
    request.user, request.auth = alice, claims
    request.session = SessionStore()

    async def auser():
        return alice

    request.auser = auser
    in_loop(alogout, request)
    with pytest.raises(SessionEnded):
        sessions.check(claims)
