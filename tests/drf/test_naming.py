"""What a token names, over HTTP: services that are no users, and a switch of USER_ID_FIELD."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication
from django_jwtkit.drf.challenges import Refused

SERVICE = tokens.TokenKind(
    "test-http-service", typ="test-http-service+jwt", lifetime=timedelta(minutes=1), subject=True
)


class Service:
    """A caller that is not a user."""

    is_authenticated = True

    def __init__(self, name):
        self.name = name


class ServiceAuthentication(JWTAuthentication):
    """Takes tokens of services, and says what such a request's `user` is."""

    kind = SERVICE

    def get_user(self, claims):
        return Service(claims["sub"])


class Forgetful(JWTAuthentication):
    """Takes tokens of services, and forgets to say so."""

    kind = SERVICE


class ForgetfulStateless(JWTStatelessAuthentication):
    """The same without a database."""

    kind = SERVICE


def authenticate(authentication, text):
    """Return the user that `authentication` finds for a request with this token."""
    request = RequestFactory().get("/", headers={"authorization": f"Bearer {text}"})
    return authentication().authenticate(request)[0]


@pytest.mark.threat("SUB-015")
@pytest.mark.parametrize("check", [False, True])
def test_a_service_is_let_in_where_a_project_says_what_it_is(alice, settings, check):
    """Elsewhere the user of that number is not found, also where nobody looks into the database."""
    settings.JWTKIT = {"CHECK_SESSION": check}
    text = tokens.issue(subject=str(alice.pk), kind=SERVICE)
    assert authenticate(ServiceAuthentication, text).name == str(alice.pk)
    for authentication in (Forgetful, ForgetfulStateless):
        with pytest.raises(Refused) as refused:
            authenticate(authentication, text)
        assert refused.value.status_code == 401
        assert "token_not_valid" in str(refused.value.detail) or "user_not_found" in str(refused.value.detail)
    for authentication in (JWTAuthentication, JWTStatelessAuthentication):
        with pytest.raises(Refused) as refused:
            authenticate(authentication, text)
        assert refused.value.detail["detail"] == "Token has wrong type"


@pytest.fixture
def mallory(alice):
    """A user who has registered alice's number for a name, and is not alice."""
    return get_user_model().objects.create_user(str(alice.pk), password="their own")


@pytest.mark.threat("SUB-021")
@pytest.mark.urls("tests.drf.project")
@pytest.mark.parametrize("more", [{}, {"CHECK_SESSION": True}], ids=str)
def test_a_switch_of_the_user_id_field_hands_nobody_over(api, mallory, settings, more):
    """Each door says 401 to the old access token; the refresh token goes on, for the same user."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    pair = api.log_in(mallory.username, "their own").json()
    settings.JWTKIT = {"USER_ID_FIELD": "pk", **more}
    doors = [
        api.get("/me/", pair["access"]),
        api.get("/stateless/", pair["access"]),
        api.get("/api/sessions/", pair["access"]),
        api.post("/api/logout/", token=pair["access"]),
        api.post("/api/logout/all/", token=pair["access"]),
        api.post("/api/token/verify/", {"token": pair["access"]}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in doors} == {(401, "user_not_found")}
    assert api.post("/api/token/verify/", {"token": pair["refresh"]}).status_code == 200
    answer = api.post("/api/token/refresh/", {"refresh": pair["refresh"]})
    assert answer.status_code == 200
    for path in ("/me/", "/stateless/"):
        assert api.get(path, answer.json()["access"]).json()["claims"]["sub"] == str(mallory.pk)
    assert api.get("/me/", answer.json()["access"]).json()["username"] == mallory.username


class ByHand(JWTAuthentication):
    """Finds its users by itself, as many projects do."""

    def get_user(self, claims):
        return get_user_model().objects.get(pk=claims["sub"])


@pytest.mark.threat("SUB-021")
def test_a_switch_hands_nobody_over_to_a_project_s_own_get_user(alice, mallory, settings):
    """It is not asked at all."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    text = tokens.issue(mallory)
    settings.JWTKIT = {}
    with pytest.raises(Refused) as refused:
        authenticate(ByHand, text)
    assert refused.value.detail["code"] == "user_not_found"
    assert authenticate(ByHand, tokens.issue(mallory)) == mallory


@pytest.mark.threat("SUB-021")
@pytest.mark.parametrize("cached", [False, True])
def test_a_session_is_its_user_s_alone(api, alice, bob, settings, cached):
    """A token that names alice and a session of bob's is nobody's, also where a cache vouches for it."""
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": "default" if cached else None}
    pair = sessions.start(bob)
    assert api.get("/api/me/", pair.access).status_code == 200  # the cache has heard of it
    sid = tokens.verify(pair.access)["sid"]
    assert api.get("/api/me/", tokens.issue(alice, sid=sid)).status_code == 401


def test_introspection_forwards_nothing_of_this(api, alice, settings):
    """What `sub` is concerns nobody else."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    get_user_model().objects.filter(pk=alice.pk).update(is_superuser=True)
    text = tokens.issue(alice)
    introspection = api.post("/api/token/introspect/", {"token": text}, token=text).json()
    assert (introspection["active"], introspection["sub"], "sub_field" in introspection) == (
        True,
        "alice",
        False,
    )
