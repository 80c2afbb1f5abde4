"""The endpoints answer to the letter as simplejwt's do: status, members, `detail`, `code`, `messages`.

The bodies are those of simplejwt 5.5; where 5.5.1 fails, for a user who was deleted, of the version after it.
"""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from django_jwtkit import sessions, tokens
from tests.drf.client import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.simplejwt_names.project")]

NOT_VALID = {
    "detail": "Given token not valid for any token type",
    "code": "token_not_valid",
    "messages": [{"token_class": "AccessToken", "token_type": "access", "message": "Token is invalid"}],
}
INVALID = {"detail": "Token is invalid", "code": "token_not_valid"}
BLACKLISTED = {"detail": "Token is blacklisted", "code": "token_not_valid"}
NO_ACCOUNT = {"detail": "No active account found with the given credentials"}
NO_ACCOUNT_OF_TOKEN = {"detail": "No active account found for the given token."}
MISSING = ["This field is required."]


def test_the_url_names_have_no_namespace():
    """Tests and templates that were written for simplejwt find them."""
    names = ("token_obtain_pair", "token_refresh", "token_verify", "token_blacklist")
    paths = ["/api/token/", "/api/token/refresh/", "/api/token/verify/", "/api/token/blacklist/"]
    assert [reverse(name) for name in names] == paths


def test_a_login_answers_with_a_pair(api, alice):
    """And the pair works."""
    answer = api.log_in()
    assert answer.status_code == 200
    assert answer.json().keys() == {"refresh", "access"}
    assert api.get("/mine/", answer.json()["access"]).json()["user"] == "alice"


def test_a_refresh_answers_with_both_members(api, alice):
    """As simplejwt does where refresh tokens rotate."""
    refresh = api.log_in().json()["refresh"]
    answer = api.post("/api/token/refresh/", {"refresh": refresh})
    assert answer.status_code == 200
    assert answer.json().keys() == {"access", "refresh"}


def test_a_missing_field_is_named(api, db):
    """With 400."""
    login = api.post("/api/token/", {})
    assert (login.status_code, login.json()) == (400, {"username": MISSING, "password": MISSING})
    for path, field in (("refresh", "refresh"), ("verify", "token"), ("blacklist", "refresh")):
        answer = api.post(f"/api/token/{path}/", {})
        assert (answer.status_code, answer.json()) == (400, {field: MISSING})


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"username": "nobody", "password": PASSWORD}])
def test_a_bad_login_answers_as_ever(api, alice, body: dict[str, str]):
    """The wrong password, and an unknown name."""
    answer = api.post("/api/token/", {"username": "alice", **body})
    assert (answer.status_code, answer.json()) == (401, NO_ACCOUNT)
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_an_inactive_user_does_not_log_in(api, alice):
    """The answer is that of a wrong password."""
    get_user_model().objects.update(is_active=False)
    answer = api.log_in()
    assert (answer.status_code, answer.json()) == (401, NO_ACCOUNT)


def test_a_bad_access_token_says_what_each_class_made_of_it(api, db):
    """In `messages`, which front ends look at."""
    answer = api.get("/mine/", "garbage")
    assert (answer.status_code, answer.json()) == (401, NOT_VALID)
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda user: sessions.start(user).refresh, "Token has wrong type"),
        (lambda user: tokens.issue(user, lifetime=timedelta(seconds=1), now=_long_ago()), "Token is expired"),
    ],
    ids=["another kind", "expired"],
)
def test_a_refused_access_token_says_why(api, alice, make, message: str):
    """With simplejwt's words."""
    answer = api.get("/mine/", make(alice))
    reason = {**NOT_VALID["messages"][0], "message": message}
    assert (answer.status_code, answer.json()) == (401, {**NOT_VALID, "messages": [reason]})


def _long_ago():
    from django_jwtkit import keys

    return keys.now() - timedelta(minutes=10)


def test_a_header_of_three_parts_is_refused(api, db):
    """With a code of its own."""
    answer = api.get("/mine/", "a b")
    detail = "Authorization header must contain two space-delimited values"
    assert answer.status_code == 401
    assert answer.json() == {"detail": detail, "code": "bad_authorization_header"}


@pytest.mark.parametrize(
    ("change", "detail", "code"),
    [
        ({"is_active": False}, "User is inactive", "user_inactive"),
        (None, "User not found", "user_not_found"),
    ],
    ids=["inactive", "deleted"],
)
def test_a_user_who_is_gone_is_refused(api, alice, change, detail: str, code: str):
    """As simplejwt says it."""
    access = tokens.issue(alice)
    users = get_user_model().objects.all()
    users.delete() if change is None else users.update(**change)
    answer = api.get("/mine/", access)
    assert (answer.status_code, answer.json()) == (401, {"detail": detail, "code": code})


def test_a_changed_password_is_told_with_a_full_stop(api, alice, settings):
    """Where the session is asked for at each request, which is `CHECK_REVOKE_TOKEN`'s place."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    access = api.log_in().json()["access"]
    alice.set_password("another")
    alice.save()
    answer = api.get("/mine/", access)
    body = {"detail": "The user's password has been changed.", "code": "password_changed"}
    assert (answer.status_code, answer.json()) == (401, body)


@pytest.mark.parametrize("path", ["refresh", "blacklist", "verify"])
def test_garbage_is_refused(api, db, path: str):
    """With 401 `token_not_valid`."""
    answer = api.post(f"/api/token/{path}/", {"refresh": "garbage", "token": "garbage"})
    assert (answer.status_code, answer.json()) == (401, INVALID)


@pytest.mark.parametrize("path", ["refresh", "blacklist"])
def test_an_access_token_is_of_the_wrong_kind(api, alice, path: str):
    """For both endpoints that take refresh tokens."""
    answer = api.post(f"/api/token/{path}/", {"refresh": tokens.issue(alice)})
    wrong = {"detail": "Token has wrong type", "code": "token_not_valid"}
    assert (answer.status_code, answer.json()) == (401, wrong)


def test_a_blacklisted_token_is_over(api, alice):
    """For the refresh, for another blacklisting and for verifying; and the session has ended."""
    refresh = api.log_in().json()["refresh"]
    answer = api.post("/api/token/blacklist/", {"refresh": refresh})
    assert (answer.status_code, answer.json()) == (200, {})
    assert not sessions.live(alice).exists()
    for path in ("refresh", "blacklist", "verify"):
        answer = api.post(f"/api/token/{path}/", {"refresh": refresh, "token": refresh})
        assert (answer.status_code, answer.json()) == (401, BLACKLISTED)


def test_a_blacklisted_token_is_no_field_where_simplejwt_had_rotation(api, alice, settings):
    """With `BLACKLIST_AFTER_ROTATION` simplejwt's verify answers 400."""
    settings.SIMPLE_JWT = {"BLACKLIST_AFTER_ROTATION": True}
    refresh = api.log_in().json()["refresh"]
    api.post("/api/token/blacklist/", {"refresh": refresh})
    answer = api.post("/api/token/verify/", {"token": refresh})
    assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["Token is blacklisted"]})


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_good_token_of_either_kind_verifies(api, alice, kind: str):
    """With an empty body."""
    answer = api.post("/api/token/verify/", {"token": api.log_in().json()[kind]})
    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("change", [{"is_active": False}, None], ids=["inactive", "deleted"])
def test_a_refresh_of_a_user_who_is_gone_is_refused(api, alice, change):
    """Without a code, as simplejwt does it."""
    refresh = api.log_in().json()["refresh"]
    users = get_user_model().objects.all()
    users.delete() if change is None else users.update(**change)
    answer = api.post("/api/token/refresh/", {"refresh": refresh})
    assert (answer.status_code, answer.json()) == (401, NO_ACCOUNT_OF_TOKEN)


def test_a_refresh_after_a_new_password_is_refused(api, alice):
    """Whatever `CHECK_REVOKE_TOKEN` says."""
    refresh = api.log_in().json()["refresh"]
    alice.set_password("another")
    alice.save()
    answer = api.post("/api/token/refresh/", {"refresh": refresh})
    body = {"detail": "The user's password has been changed."}
    assert (answer.status_code, answer.json()) == (401, body)


def test_a_spent_refresh_token_ends_the_login(api, alice, settings):
    """The detection of reuse is ours, behind simplejwt's words."""
    settings.JWTKIT = {"REFRESH_GRACE": timedelta(0)}
    refresh = api.log_in().json()["refresh"]
    api.post("/api/token/refresh/", {"refresh": refresh})
    answer = api.post("/api/token/refresh/", {"refresh": refresh})
    assert (answer.status_code, answer.json()) == (401, BLACKLISTED)
    assert not sessions.live(alice).exists()


def test_a_sliding_url_says_what_to_use_instead(api, db):
    """A sentence, and no traceback."""
    answer = api.post("/sliding/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 501
    assert "token_obtain_pair" in answer.json()["detail"]


def test_without_keys_the_answer_is_503(api, alice, take_away):
    """And no traceback: the log names the command."""
    from django_jwtkit.keys import StoredKey

    access = tokens.issue(alice)
    take_away(StoredKey)
    assert api.get("/mine/", access).status_code == 503
    assert api.log_in().status_code == 503
