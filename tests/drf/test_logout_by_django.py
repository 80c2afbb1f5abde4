"""Django's own logout, on a request that a token of ours has authenticated, ends that login."""

from datetime import timedelta

import pytest
from django.contrib.auth import user_logged_out
from django.test import RequestFactory
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.response import Response

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication
from django_jwtkit.errors import SessionEnded

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[JWTAuthentication, JWTStatelessAuthentication])
def log_out(request):
    """Log out as dj-rest-auth's view does it: by the signal that `django.contrib.auth.logout` sends."""

    @api_view(["POST"])
    @authentication_classes([request.param])
    def view(request):
        user_logged_out.send(sender=type(request.user), request=request, user=request.user)
        return Response({"detail": "Successfully logged out."})

    def log_out(token):
        return view(RequestFactory().post("/logout/", HTTP_AUTHORIZATION=f"Bearer {token}"))

    return log_out


def test_the_session_of_the_token_ends(log_out, alice, pair):
    """And no other of the same user."""
    other = sessions.start(alice)
    assert log_out(pair.access).status_code == 200
    assert sessions.live(alice).count() == 1
    assert sessions.refresh(other.refresh).access


def test_a_token_without_a_session_ends_none(log_out, alice, pair):
    """There is nothing to end."""
    assert log_out(tokens.issue(alice)).status_code == 200
    assert sessions.live(alice).count() == 1


@pytest.mark.parametrize("auth", [None, "text", {"sid": 5}, {"sid": "x"}, {"role": "admin"}])
def test_a_request_without_our_claims_ends_nothing(auth, alice, pair):
    """Nor does one that no token has made."""
    request = RequestFactory().post("/logout/")
    request.auth = auth
    user_logged_out.send(sender=type(alice), request=request, user=alice)
    user_logged_out.send(sender=type(alice), request=RequestFactory().get("/"), user=alice)
    user_logged_out.send(sender=type(None), request=request, user=None)
    assert sessions.live(alice).count() == 1


def test_claims_of_another_package_end_nobody_elses_session(alice, bob, pair):
    """They may have a `sid`, of which nobody of ours has proven anything."""
    request = RequestFactory().post("/logout/")
    request.auth = {"sid": str(sessions.live(alice).get().pk)}
    user_logged_out.send(sender=type(bob), request=request, user=bob)
    assert sessions.live(alice).count() == 1


def test_a_logout_with_an_old_token_cuts_off_all_that_are_as_old(log_out, alice, settings):
    """As our own logout does it."""
    theirs = pytest.importorskip("rest_framework_simplejwt.tokens")
    settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": keys.now() + timedelta(days=7)}}
    access = str(theirs.AccessToken.for_user(alice))
    assert log_out(access).status_code == 200
    with pytest.raises(SessionEnded):
        sessions.load_simplejwt_user(tokens.simplejwt.verify(access))
