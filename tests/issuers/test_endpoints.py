"""An API accepts foreign tokens beside its own, and no view that is about our sessions does."""

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import issuers, sessions, tokens
from tests.drf.client import Api
from tests.jose.remote.publisher import unused_port

from .conftest import ISS, sign

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.issuers.project")]


@pytest.fixture
def api():
    return Api()


def test_a_foreign_token_is_its_user(trust, api, alice):
    trust(USER="linked")
    issuers.link(alice, issuer=ISS, subject="7")
    answer = api.get("/me/", sign(role="admin"))
    assert answer.json() == {"pk": str(alice.pk), "kind": "ForeignToken", "names": [ISS, None, None]}


def test_our_own_token_stays_what_it_was(trust, api, alice):
    answer = api.get("/me/", tokens.issue(alice, claims={"role": "clerk"}))
    assert answer.json()["names"] == ["https://api.example.com", str(alice.pk), "clerk"]


@pytest.mark.parametrize("mode", ["linked", "create", "stateless"])
def test_the_stateless_class_asks_no_database(trust, api, mode, django_assert_num_queries):
    trust(USER=mode)
    text = sign()
    with django_assert_num_queries(0):
        assert api.get("/stateless/", text).json()["pk"] == f"{ISS}|7"
    assert not get_user_model().objects.exists()


def test_a_subject_that_nobody_has_linked_is_not_found(trust, api):
    trust(USER="linked")
    answer = api.get("/me/", sign())
    assert (answer.status_code, answer.json()["code"]) == (401, "user_not_found")


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"iss": "https://evil.example"}, {"exp": 1}])
def test_a_foreign_token_that_is_refused_gets_our_challenge(trust, api, claims):
    answer = api.get("/me/", sign(**{"iat": None, **claims}))
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_outage_of_an_issuer_is_a_503(trust, api):
    """Clients throw a token away on a 401, and this one is good."""
    trust(JWKS_URL=f"http://127.0.0.1:{unused_port()}/", PRIVATE_ADDRESSES=True)
    assert api.get("/me/", sign()).status_code == 503


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "logout/"), ("post", "logout/all/"), ("get", "sessions/")],
)
def test_a_view_about_our_sessions_refuses_it(trust, api, alice, method, path):
    """A foreign sid is no session of ours, also if it is one's id."""
    trust(USER="linked")
    issuers.link(alice, issuer=ISS, subject="7")
    pair = sessions.start(alice)
    sid = str(tokens.verify(pair.access)["sid"])
    answer = api.ask(method.upper(), f"/api/{path}", token=sign(sid=sid))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Token has wrong type"
    assert sessions.refresh(pair.refresh)


def test_the_endpoints_for_tokens_of_ours_know_nothing_of_it(trust, api, alice):
    text = sign()
    assert api.post("/api/token/verify/", {"token": text}).status_code == 401
    assert api.post("/api/token/revoke/", {"token": text}).status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": text}).status_code == 401
    alice.is_superuser = True
    alice.save()
    answer = api.post("/api/token/introspect/", {"token": text}, token=tokens.issue(alice))
    assert answer.status_code in {200, 403}
    if answer.status_code == 200:
        assert answer.json() == {"active": False}


def test_a_live_session_is_asked_of_our_own_tokens_alone(trust, api, alice, settings):
    trust(USER="linked")
    settings.JWTKIT = {**settings.JWTKIT, "CHECK_SESSION": True}
    issuers.link(alice, issuer=ISS, subject="7")
    assert api.get("/me/", sign(sid="x")).status_code == 200
    assert api.get("/me/", tokens.issue(alice)).status_code == 401


def test_the_names_of_simplejwt_take_no_foreign_token(trust):
    """A project's own steps of that class read claims of ours."""
    from django_jwtkit.contrib.simplejwt.authentication import JWTAuthentication
    from django_jwtkit.contrib.simplejwt.exceptions import InvalidToken

    with pytest.raises(InvalidToken):
        JWTAuthentication().get_validated_token(sign())
