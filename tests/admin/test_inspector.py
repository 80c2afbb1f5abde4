"""The admin judges a token that somebody pastes: for those who may, and without a trace of it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.jose import Key, jwt, unverified_header

URL = "/admin/jwtkit/inspect/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice")


@pytest.fixture
def pair(alice):
    return sessions.start(alice)


@pytest.fixture
def inspector(browser):
    return browser("introspect_token")


def post(client, token):
    return client.post(URL, {"token": token})


def test_the_page_has_an_address_of_its_own():
    assert reverse("admin:jwtkit_inspect_changelist") == URL


def test_the_verdict_stands_first(inspector, pair, alice):
    page = post(inspector, f"Authorization: Bearer {pair.access}").content.decode()
    assert f"Accepted as an access token of user {alice.pk}." in page
    assert page.index("Accepted as") < page.index("Checks") < page.index("Claims (verified)")
    assert "A service that knows only our JWKS accepts the token until" in page


@pytest.mark.threat("LEAK-001")
def test_the_token_leaves_no_trace(inspector, pair, caplog):
    """Neither in the answer, nor in a log, nor in the admin's history; and no cache keeps the answer."""
    for token in (pair.access, pair.refresh, pair.access[:-3] + "xyz", "eyJhbGciOiJub25lIn0." * 3):
        answer = post(inspector, token)
        assert token.rsplit(".", 1)[1][-20:] not in answer.content.decode() or token.endswith(".")
        assert "no-store" in answer.headers["Cache-Control"]
        assert token not in caplog.text
    assert not LogEntry.objects.exists()
    assert inspector.get(URL, {"token": pair.access}).content.decode().count("Accepted as") == 0


def test_looking_spends_nothing(inspector, pair):
    assert b"Accepted by token/refresh/" in post(inspector, pair.refresh).content
    assert sessions.refresh(pair.refresh)


@pytest.mark.parametrize("permissions", [(), ("view_storedkey", "revoke_key", "view_session")])
def test_users_without_the_permission_are_refused(browser, permissions, pair):
    client = browser(*permissions)
    assert client.get(URL).status_code == 403
    assert post(client, pair.access).status_code == 403


def test_a_stranger_is_sent_to_the_login(client, pair):
    assert post(client, pair.access).url.startswith("/admin/login/")


@pytest.mark.parametrize("place", ["1/", "1/change/", "add/", "1/history/", "1/delete/"])
def test_there_is_nothing_below_the_page(root, place):
    """No row of a key shows through the page that borrows its model."""
    assert root.get(URL + place).status_code == 404


def test_an_encrypted_token_is_opened_with_a_permission_alone(browser, alice, settings):
    settings.JWTKIT = {"ENCRYPT": ["access"]}
    text = tokens.issue(alice, claims={"diagnosis": "a cold"})
    page = post(browser("introspect_token"), text).content.decode()
    assert "Not opened" in page
    assert "jwtkit.decrypt_token" in page
    assert "a cold" not in page
    assert "a cold" in post(browser("introspect_token", "decrypt_token"), text).content.decode()


def test_of_a_key_no_more_is_told_than_its_own_page_tells(browser, past, pair):
    keys.revoke(str(unverified_header(pair.access)["kid"]), reason="a laptop was stolen")
    page = post(browser("introspect_token"), pair.access).content.decode()
    assert "Refused: " in page
    assert "laptop" not in page
    page = post(browser("introspect_token", "view_storedkey"), pair.access).content.decode()
    assert "its key was revoked on" in page
    assert "a laptop was stolen" in page


@pytest.mark.parametrize(
    "text", ["", " ", "hello", "<script>alert(1)</script>", "x" * 40_000, "\x00", "é.é.é"]
)
def test_any_text_gets_a_page(inspector, text):
    answer = post(inspector, text)
    assert answer.status_code == 200
    assert b"<script>" not in answer.content


def test_a_claim_cannot_write_into_the_page(inspector):
    forged = jwt.encode({"exp": 9e9, "sub": "<b>x</b>", "iss": "<i>"}, Key.generate("ES256"), typ="at+jwt")
    page = post(inspector, forged).content
    assert b"<b>x" not in page
    assert b"&lt;b&gt;x" in page


def test_a_kind_of_the_project_is_judged_too(inspector, alice):
    kind = tokens.TokenKind("inspected page", typ="page+jwt", lifetime=timedelta(minutes=1))
    assert b"The project's own code decides" in post(inspector, tokens.issue(alice, kind=kind)).content


def test_beside_the_link_to_a_session_stands_whether_it_is_proven(browser, pair):
    """Anyone can write the id of a session, and the page behind the link ends the user's logins."""
    client, forged = (
        browser("introspect_token", "view_session"),
        f"{pair.access.rpartition('.')[0]}.{'A' * 86}",
    )
    good, bad = (post(client, token).content.decode() for token in (pair.access, forged))
    warning = "alice (NOT verified, the signature is wrong: anyone can write this)"
    assert "All sessions of this user" in good
    assert "alice (" not in good
    assert bad.count(warning) == bad.count("All sessions of this user</a>") + 1


def test_dates_are_told_beside_the_claims(inspector, pair):
    page = post(inspector, pair.access).content.decode()
    assert '<code dir="ltr">exp</code></dt><dd>' in page
    assert ", in 4 minutes" in page or ", in 5 minutes" in page
