"""Django's error pages show no cookie of ours: administrators get them by mail."""

import sys

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTCookieAuthentication
from django_jwtkit.drf.views import CookieLogoutView, CookieRefreshView
from django_jwtkit.middleware import JWTMiddleware
from tests.browser.conftest import ACCESS, REFRESH

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.browser.project")]


class TroubleError(Exception):
    """What nobody expects."""


def fail(*args, **kwargs):
    raise TroubleError


def pages_of(request):
    """Return Django's error pages of the exception that is being handled, as production mails them."""
    kind, error, trace = sys.exc_info()
    reporter = ExceptionReporter(request, kind, error, trace.tb_next)  # without the test's own locals
    return reporter.get_traceback_text() + reporter.get_traceback_html()


FACES = {
    "class": lambda request: JWTCookieAuthentication().authenticate(
        CookieRefreshView().initialize_request(request)
    ),
    "refresh": CookieRefreshView.as_view(),
    "logout": CookieLogoutView.as_view(),
    "middleware": JWTMiddleware(fail),
}


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize("face", FACES)
def test_no_page_shows_a_token(alice, pair, settings, monkeypatch, face):
    """Wherever the error comes up: Django hides a cookie by its name, and ours are called otherwise."""
    settings.JWTKIT = {"COOKIES": {}}
    monkeypatch.setattr(sessions, "refresh", fail)
    monkeypatch.setattr(sessions, "rows", fail)
    monkeypatch.setattr(tokens.users, "load", fail if face != "middleware" else tokens.users.load)
    request = RequestFactory().post("/api/token/refresh/", headers={"origin": "http://testserver"})
    request._dont_enforce_csrf_checks = True
    request.META["HTTP_COOKIE"] = f"{ACCESS}={pair.access}; {REFRESH}={pair.refresh}"
    page = ""
    try:
        FACES[face](request)
    except TroubleError:
        page = pages_of(request)
    assert "TroubleError" in page
    assert ACCESS in page
    for text in pair:
        assert text.split(".")[1] not in page
