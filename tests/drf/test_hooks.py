"""The hooks of a project: where its token travels, and what its login decides."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model, user_logged_out, user_login_failed
from django.test import override_settings
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import moments, sessions, tokens
from django_jwtkit.drf import JWTAuthentication, translated_errors
from django_jwtkit.drf.serializers import TokenObtainPairSerializer
from django_jwtkit.drf.views import TokenObtainPairView
from django_jwtkit.errors import InvalidClaim, NoUsableKey
from tests.drf.client import PASSWORD

pytestmark = pytest.mark.django_db


class FromQuery(JWTAuthentication):
    """For one download view, whose address a browser opens by itself."""

    def get_token(self, request):
        return request.GET.get("token")


class FromHeader(JWTAuthentication):
    """Behind a proxy that keeps `Authorization` to itself."""

    def get_token(self, request):
        text = request.META.get("HTTP_X_API_TOKEN")
        if text == "":
            raise InvalidClaim("empty", "X-API-Token")
        return text


def ask(rf, authentication, path="/", **headers):
    """Return the answer of a view behind `authentication`."""

    class View(APIView):
        authentication_classes = (authentication,)

        def get(self, request):
            return Response({"username": request.user.get_username(), "auth": bool(request.auth)})

    return View.as_view()(rf.get(path, headers=headers))


def test_a_token_may_travel_elsewhere(rf, pair):
    """In a query string or another header: one method, five lines."""
    in_query = ask(rf, FromQuery, f"/?token={pair.access}")
    in_header = ask(rf, FromHeader, **{"x-api-token": pair.access})
    assert in_query.data == in_header.data == {"username": "alice", "auth": True}


def test_a_token_elsewhere_is_verified_as_any_other(rf, pair):
    """Refused with the same body and challenge; and nothing is nobody's token."""
    refused = ask(rf, FromQuery, f"/?token={pair.refresh}")
    assert (refused.status_code, refused.data["code"]) == (401, "token_not_valid")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert ask(rf, FromQuery, "/?token=").status_code == 401
    assert ask(rf, FromQuery).data["username"] == ""


def test_the_header_is_not_read_where_a_hook_reads_elsewhere(rf, pair):
    """The hook decides alone."""
    assert ask(rf, FromQuery, authorization=f"Bearer {pair.access}").data["username"] == ""


def test_a_hook_refuses_with_an_error_of_ours(rf):
    """What it raises becomes a 401, never a 500."""
    answer = ask(rf, FromHeader, **{"x-api-token": ""})
    assert (answer.status_code, answer.data["code"]) == (401, "token_not_valid")


@pytest.mark.parametrize(
    ("error", "status"), [(InvalidClaim("no", "azp"), 401), (NoUsableKey("none"), 503)], ids=["401", "503"]
)
def test_a_view_of_the_projects_own_answers_as_ours(rf, error, status, caplog):
    """With `translated_errors`: status, body, challenge and the line in the log."""

    class View(APIView):
        authentication_classes = ()

        def get(self, request):
            with translated_errors("a.b.c"):
                raise error

    caplog.set_level(logging.INFO)
    answer = View.as_view()(rf.get("/"))
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert [record.event for record in caplog.records if record.name == "django_jwtkit.transport"]


def test_translated_errors_needs_no_token(rf):
    """And lets everything through that is not ours."""
    with pytest.raises(KeyError), translated_errors():
        raise KeyError("x")


class RememberSerializer(TokenObtainPairSerializer):
    """One field more, and not required."""

    remember = serializers.BooleanField(default=False, write_only=True)


class Remember(TokenObtainPairView):
    """A login that lasts a day unless the user wants more, and says how it was made."""

    serializer_class = RememberSerializer

    def get_session_lifetime(self, credentials):
        return None if credentials["remember"] else timedelta(days=1)

    def get_session_claims(self, user, credentials):
        return {"amr": ["pwd"], "staff_login": user.is_staff}


def log_in(rf, view, **fields):
    """Return the answer of the login `view`."""
    body = {"username": "alice", "password": PASSWORD, **fields}
    return view.as_view()(rf.post("/", body, content_type="application/json"))


@pytest.mark.parametrize(("remember", "days"), [(False, 1), (True, 90)])
def test_a_login_chooses_how_long_its_session_lasts(rf, alice, remember, days):
    """`get_session_lifetime`: "remember me" is a field and a line."""
    assert log_in(rf, Remember, remember=remember).status_code == 200
    (session,) = sessions.live(alice)
    assert session.ends_by - session.created_at == timedelta(days=days)


def test_a_login_has_claims_of_its_own(rf, alice):
    """`get_session_claims`: they stay with the session over its refreshes."""
    pair = log_in(rf, Remember).data
    renewed = sessions.refresh(pair["refresh"])
    for text in (pair["access"], renewed.access):
        claims = tokens.verify(text)
        assert (claims["amr"], claims["staff_login"]) == (["pwd"], False)


@pytest.mark.parametrize(
    ("hook", "value"),
    [
        ("get_session_claims", {"sub": "2"}),
        ("get_session_claims", {"auth_time": 0}),
        ("get_session_claims", {"x": {1}}),
        ("get_session_claims", {"x": "y" * 3000}),
        ("get_session_claims", "text"),
        ("get_session_lifetime", timedelta(0)),
    ],
)
def test_a_hook_that_returns_what_no_session_can_have_is_a_503(rf, alice, caplog, hook, value):
    """The log names the view, and no session has begun."""
    view = type("Login", (TokenObtainPairView,), {hook: lambda self, *args: value})
    assert log_in(rf, view).status_code == 503
    assert "Login, for user" in caplog.text
    assert not sessions.live(alice).exists()


def test_a_refused_login_is_a_failed_one(rf, alice, settings):
    """`authenticate_user` returns None: Django's signal is sent once, and `jwtkit_account` counts."""
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"jwtkit_account": "2/min"},
    }
    view = type("Login", (TokenObtainPairView,), {"authenticate_user": lambda self, credentials: None})
    failures = []

    def note(credentials, **rest):
        failures.append(credentials["username"])

    user_login_failed.connect(note)
    try:
        statuses = [log_in(rf, view).status_code for _ in range(3)]
    finally:
        user_login_failed.disconnect(note)
    assert statuses == [401, 401, 429]
    assert failures == ["alice", "alice"]


def test_a_logout_tells_django(api, alice, pair):
    """`user_logged_out` is sent, with Django's own request, once the session has ended."""
    events = []

    def note(sender, request, user, **rest):
        events.append((sender, type(request).__name__, user, sessions.live(alice).exists()))

    user_logged_out.connect(note)
    try:
        assert api.post("/api/logout/", token=pair.access).status_code == 204
    finally:
        user_logged_out.disconnect(note)
    assert events == [(get_user_model(), "WSGIRequest", alice, False)]


def test_a_receiver_that_breaks_fails_no_logout(api, alice, pair):
    """The session has ended by then."""

    def broken(**fields):
        raise RuntimeError("a receiver's own trouble")

    user_logged_out.connect(broken)
    try:
        assert api.post("/api/logout/", token=pair.access).status_code == 204
    finally:
        user_logged_out.disconnect(broken)
    assert not sessions.live(alice).exists()


class TestRevokeByAnotherName:
    """Clients of simplejwt send a refresh token as `refresh`."""

    def test_it_ends_the_session(self, api, alice, pair):
        """As `token` does."""
        answer = api.post("/api/token/revoke/", {"refresh": pair.refresh})
        assert (answer.status_code, answer.json()) == (200, {})
        assert not sessions.live(alice).exists()

    def test_the_name_of_the_rfc_goes_first(self, api, alice, pair):
        """A body may have both."""
        other = sessions.start(alice)
        api.post("/api/token/revoke/", {"refresh": pair.refresh, "token": other.access})
        (session,) = sessions.live(alice)
        assert str(session.pk) == tokens.verify(pair.access)["sid"]

    @pytest.mark.parametrize("body", [{"refresh": ""}, {"refresh": None}, {"refresh": 5}, {"refresh": ["x"]}])
    def test_what_is_no_token_is_a_400(self, api, body):
        """Under this name too."""
        answer = api.post("/api/token/revoke/", body)
        assert (answer.status_code, list(answer.json())) == (400, ["refresh"])


class TestAuthTime:
    """`auth_time`: when the user last proved who they are."""

    def test_it_is_the_time_of_the_login(self, alice, later):
        """It does not move with a refresh."""
        pair = sessions.start(alice)
        login = tokens.verify(pair.access)["auth_time"]
        assert abs(login - moments.now().timestamp()) < 5
        later(120)
        renewed = tokens.verify(sessions.refresh(pair.refresh).access)
        assert renewed["auth_time"] == login
        assert renewed["iat"] - login >= 120

    def test_it_is_of_access_tokens_of_a_session(self, alice, pair):
        """Nobody has logged in for a token that a program has issued."""
        assert "auth_time" not in tokens.verify(tokens.issue(alice))
        assert "auth_time" not in tokens.verify(pair.refresh, kind=tokens.REFRESH)

    def test_nobody_else_writes_it(self, alice):
        """The name is reserved, in a login's claims too."""
        with pytest.raises(ValueError, match="auth_time"):
            tokens.issue(alice, claims={"auth_time": 0})
        with pytest.raises(ValueError, match="auth_time"):
            sessions.start(alice, claims={"auth_time": 0})

    def test_no_claims_function_writes_it(self, api, alice):
        """Its login is a 503."""
        with override_settings(JWTKIT={"CLAIMS_FUNCTION": f"{__name__}.younger"}):
            assert api.log_in().status_code == 503


def younger(user):
    """Claim a login of now."""
    return {"auth_time": int(moments.now().timestamp())}
