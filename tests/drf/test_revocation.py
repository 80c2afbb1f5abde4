"""RFC 7009 and RFC 7662: what they tell, and what they do not."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.drf import JWTStatelessAuthentication
from django_jwtkit.jose import unverified_header
from tests.support.aging import turn

OTHER = tokens.TokenKind("introspected-other", typ="introspected-other+jwt", lifetime=timedelta(minutes=1))


@pytest.fixture
def serves(bob):
    """A resource server, with the permission to introspect."""
    bob.user_permissions.add(Permission.objects.get(codename="introspect_token"))
    return bob


@pytest.fixture
def service(serves):
    """Its token."""
    return tokens.issue(serves)


@pytest.mark.threat("REV-002", "REV-004")
@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense", 5, ["x"]])
def test_either_token_ends_the_whole_session(api, pair, settings, kind, hint):
    """Whatever the hint says: afterwards neither token of the session is good."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    body = {"token": getattr(pair, kind)} | ({} if hint is None else {"token_type_hint": hint})
    assert api.post("/api/token/revoke/", body).status_code == 200
    for text in pair:
        assert api.post("/api/token/verify/", {"token": text}).json()["detail"] == "Session has ended"
    assert api.post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 401
    assert api.post("/api/token/revoke/", body).content == b"{}"


@pytest.mark.threat("REV-003")
def test_no_other_session_is_touched(api, alice, bob, pair):
    """Neither another login of the same user nor another user's."""
    sessions.start(alice)
    sessions.start(bob)
    api.post("/api/token/revoke/", {"token": pair.refresh})
    assert (sessions.live(alice).count(), sessions.live(bob).count()) == (1, 1)


@pytest.mark.threat("REV-001")
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "." * 9000, "e30.e30.AA", "\N{SNOWMAN}"])
def test_what_is_no_token_is_nothing_to_revoke(api, text):
    """200 and an empty object: no oracle."""
    answer = api.post("/api/token/revoke/", {"token": text or "-"})
    assert (answer.status_code, answer.content) == (200, b"{}")


def _of_another_key(world):
    return f"{world.pair.access.rpartition('.')[0]}.{tokens.issue(world.alice).rpartition('.')[2]}"


def _expired(world):
    text = tokens.issue(world.alice, lifetime=timedelta(seconds=1))
    world.later(2)
    return text


def _of_an_ended_session(world):
    sessions.end_all(world.alice)


def _of_an_inactive_user(world):
    get_user_model().objects.filter(pk=world.alice.pk).update(is_active=False)


def _of_nobody(world):
    world.alice.delete()


def _of_an_old_password(world):
    world.alice.set_password("another")
    world.alice.save()


def _of_a_revoked_key(world):
    keys.revoke(unverified_header(world.pair.access)["kid"], reason="leaked")


def _for_nobody_in_particular(world):
    world.settings.JWTKIT = {"AUDIENCE": "this"}


def _for_another_audience(world):
    world.settings.JWTKIT = {"AUDIENCE": "that"}
    text = tokens.issue(world.alice)
    world.settings.JWTKIT = {"AUDIENCE": "this"}
    return text


def _by_another_issuer(world):
    world.settings.JWTKIT = {"ISSUER": "https://issuer.example"}


DEAD = [
    _of_another_key,
    _expired,
    _of_an_ended_session,
    _of_an_inactive_user,
    _of_nobody,
    _of_an_old_password,
    _of_a_revoked_key,
    _for_nobody_in_particular,
    _for_another_audience,
    _by_another_issuer,
    lambda world: "x.y.z",
    lambda world: tokens.issue(world.alice, kind=OTHER),
]


@pytest.mark.threat("REV-006", "REV-008", "REV-009", "REV-010")
@pytest.mark.parametrize("kill", DEAD, ids=lambda kill: kill.__name__)
def test_a_dead_token_is_not_active_and_no_more_is_told(api, alice, pair, serves, settings, later, kill):
    """The same answer to all; `verify` refuses the same tokens."""
    text = kill(SimpleNamespace(alice=alice, pair=pair, settings=settings, later=later)) or pair.access
    answer = api.post("/api/token/introspect/", {"token": text}, tokens.issue(serves))
    assert (answer.status_code, answer.content) == (200, b'{"active":false}')
    assert api.post("/api/token/verify/", {"token": text}).status_code == 401


@pytest.mark.threat("REV-006")
def test_a_refresh_token_is_not_active(api, pair, service):
    """It is no business of a resource server, though it is good."""
    assert api.post("/api/token/introspect/", {"token": pair.refresh}, service).content == b'{"active":false}'
    assert api.post("/api/token/verify/", {"token": pair.refresh}).status_code == 200


def test_a_live_token_without_session_is_active(api, alice, service):
    """Its user is looked at instead, and members that it lacks are left out."""
    text = tokens.issue(alice, claims={"role": "secret"})
    introspection = api.post("/api/token/introspect/", {"token": text}, service).json()
    assert set(introspection) == {"active", "sub", "exp", "iat", "jti", "token_type"}


def test_a_token_without_session_is_not_active_with_check_session(api, alice, service, settings):
    """Introspection and authentication give the same verdict."""
    caller = sessions.start(get_user_model().objects.get(username="bob")).access
    text = tokens.issue(alice)
    settings.JWTKIT = {"CHECK_SESSION": True}
    assert api.post("/api/token/introspect/", {"token": text}, caller).json() == {"active": False}


@pytest.mark.threat("REV-005")
def test_introspection_is_for_those_with_the_permission(api, alice, pair):
    """401 without a token, 403 without the permission, never a word about the token."""
    assert api.post("/api/token/introspect/", {"token": pair.access}).status_code == 401
    answer = api.post("/api/token/introspect/", {"token": pair.access}, pair.access)
    assert answer.status_code == 403
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_introspection_uses_the_project_s_own_authentication(api, alice, service, settings):
    """A project whose services come otherwise sets that as for its other views."""
    stateless = f"{JWTStatelessAuthentication.__module__}.JWTStatelessAuthentication"
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [stateless]}
    caller = tokens.issue(alice, claims={"permissions": ["jwtkit.introspect_token"]})
    assert api.post("/api/token/introspect/", {"token": caller}, caller).json()["active"] is True
    assert api.post("/api/token/introspect/", {"token": caller}, service).status_code == 403


def test_a_stale_header_spoils_no_token_endpoint(api, alice, pair):
    """A client that always sends its header may log in and refresh anyway."""
    for header in ("Bearer a.b.c", "Bearer", "Basic x"):
        assert api.post("/api/token/verify/", {"token": pair.access}, authorization=header).status_code == 200
        assert api.post("/api/token/refresh/", {"refresh": "x"}, authorization=header).json()["code"]


@pytest.fixture
def generations(pair):
    """Return the refresh tokens of a session by name: spent long ago, spent just now, the newest twice."""
    texts = [pair.refresh]
    for _ in range(3):
        texts.append(turn(texts[-1]))
    again = sessions.refresh(texts[-1]).refresh
    return dict(zip(("first", "older", "before", "newest", "again"), [*texts, again], strict=True))


WAYS = {
    "verify": lambda api, text: api.post("/api/token/verify/", {"token": text}),
    "introspect": lambda api, text: api.post("/api/token/introspect/", {"token": text}, api.service),
    "a view": lambda api, text: api.get("/api/me/", text),
    "logout": lambda api, text: api.post("/api/logout/", token=text),
    "the sessions": lambda api, text: api.get("/api/sessions/", text),
}


@pytest.mark.threat("RFR-001")
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_but_a_refresh_tells_a_spent_refresh_token(
    api, generations, serves, settings, caplog, way, check
):
    """A thief who could ask would come right after the owner, within the grace, and never be noticed.

    Status, headers, body, statements and log are the same for each generation, and the session goes on.
    """
    settings.JWTKIT = {"CHECK_SESSION": check}
    api.service = sessions.start(serves).access
    caplog.set_level("DEBUG")
    WAYS[way](api, generations["newest"])  # keys are in memory now
    answers = {}
    for name, text in generations.items():
        caplog.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = WAYS[way](api, text)
        lines = [(line.name, line.levelno, line.getMessage()) for line in caplog.records]
        statements = [query["sql"] for query in queries]
        answers[name] = (answer.status_code, dict(answer.headers), answer.content, statements, lines)
    newest = answers.pop("newest")
    assert all(answer == newest for answer in answers.values())
    assert newest[0] == {"verify": 200, "introspect": 200}.get(way, 401)
    assert sessions.Session.objects.get(pk=session_of(generations["first"])).ended_at is None


def session_of(refresh):
    return tokens.verify(refresh, kind=tokens.REFRESH)["sid"]


@pytest.mark.threat("RFR-001", "REV-004")
@pytest.mark.parametrize("name", ["first", "older", "before", "newest", "again"])
def test_each_generation_revokes_and_is_refused_afterwards(api, generations, name):
    """A spent refresh token still ends its session; then none of them is good."""
    assert api.post("/api/token/revoke/", {"token": generations[name]}).content == b"{}"
    assert sessions.Session.objects.get().end_reason == "revoked"
    for text in generations.values():
        answer = api.post("/api/token/verify/", {"token": text})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Session has ended")


@pytest.mark.threat("USR-008")
def test_a_token_of_an_ended_session_ends_no_other(client, django_user_model):
    """A thief must not lock out the owner who has just reacted; without CHECK_SESSION too."""
    alice = django_user_model.objects.create_user("alice")
    stolen, mine = sessions.start(alice), sessions.start(alice)
    header = {"Authorization": f"Bearer {stolen.access}"}
    assert client.post("/api/logout/", headers=header).status_code == 204
    answer = client.post("/api/logout/all/", headers=header)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Session has ended")
    assert client.get("/api/sessions/", headers={"Authorization": f"Bearer {mine.access}"}).status_code == 200


def test_a_session_id_that_is_malformed_is_no_500(client, django_user_model):
    """Whatever a project has put there."""
    text = tokens.issue(django_user_model.objects.create_user("alice"), sid="x")
    assert client.post("/api/token/revoke/", {"token": text}).status_code in {200, 401}
