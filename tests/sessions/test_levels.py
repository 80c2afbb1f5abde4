"""A login holds while everything above it holds; and nothing but a login gives tokens."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import TokenError
from django_jwtkit.jose import unverified_header
from django_jwtkit.sessions import Session


def _end_session(alice, pair):
    sessions.end(tokens.verify(pair.access)["sid"])


def _end_all(alice, pair):
    sessions.end_all(alice)


def _deactivate(alice, pair):
    get_user_model().objects.update(is_active=False)


def _change_password(alice, pair):
    alice.set_password("a new pass phrase")
    alice.save()


def _revoke_key(alice, pair):
    keys.revoke(unverified_header(pair.refresh)["kid"], reason="leaked")


def _expire(alice, pair):
    Session.objects.update(expires_at=Session.objects.get().created_at - timedelta(seconds=1))


LEVELS = [_end_session, _end_all, _deactivate, _change_password, _revoke_key, _expire]


@pytest.mark.threat("RFR-019")
@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.__name__)
def test_each_level_alone_ends_a_login(alice, pair, level):
    """Session, user, password, key: none is asked instead of another."""
    level(alice, pair)
    with pytest.raises(TokenError):
        sessions.refresh(pair.refresh)


@pytest.mark.threat("RFR-019")
@pytest.mark.parametrize("level", [_end_all, _deactivate, _change_password], ids=lambda level: level.__name__)
def test_what_ends_a_user_s_logins_ends_those_of_every_age(alice, level):
    """Each of them; and the login after it stands, also in the same second."""
    pairs = [sessions.start(alice) for _ in range(3)]
    pairs.append(sessions.refresh(pairs[0].refresh))
    level(alice, pairs[0])
    for pair in pairs[1:]:
        with pytest.raises(TokenError):
            sessions.refresh(pair.refresh)
    get_user_model().objects.update(is_active=True)
    alice.refresh_from_db()
    assert sessions.refresh(sessions.start(alice).refresh)


@pytest.mark.threat("USR-011")
@pytest.mark.parametrize("path", ["token/", "token/refresh/", "token/introspect/", "logout/", "logout/all/"])
def test_who_is_disguised_by_a_cookie_gets_no_token(alice, pair, path):
    """django-hijack and the like make somebody alice in Django's session: our endpoints do not look there."""
    disguised = Client()
    disguised.force_login(alice)
    answer = disguised.post(f"/api/{path}", {}, content_type="application/json")
    assert answer.status_code in {400, 401}
    assert "access" not in answer.json()
    assert sessions.live(alice).count() == 1


@pytest.mark.threat("USR-011")
def test_a_token_can_say_who_acts_for_whom(alice):
    """A project that lets its staff act for users issues a short token with `act` (RFC 8693 §4.1)."""
    text = tokens.issue(alice, claims={"act": {"sub": "7"}}, lifetime=timedelta(minutes=1))
    claims = tokens.verify(text)
    assert (claims["sub"], claims["act"]) == (str(alice.pk), {"sub": "7"})
    assert "sid" not in claims


@pytest.mark.threat("RFR-020")
def test_a_refresh_token_in_a_cookie_refreshes_nothing(pair, row):
    """There is no cookie mode: what a browser adds by itself to another site's request is not read."""
    browser = Client()
    for name in ("refresh", "refresh_token", "jwt", "Authorization"):
        browser.cookies[name] = pair.refresh
    answer = browser.post("/api/token/refresh/", {}, content_type="application/json")
    assert answer.json() == {"refresh": ["This field is required."]}
    assert row().counter == 0


@pytest.mark.threat("RFR-020")
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_a_refresh_is_a_post(pair, row, method):
    """A link or an image refreshes nothing."""
    answer = getattr(Client(), method)(f"/api/token/refresh/?refresh={pair.refresh}")
    assert answer.status_code in {200, 405} if method == "options" else answer.status_code == 405
    assert pair.refresh.encode() not in answer.content
    assert row().counter == 0
