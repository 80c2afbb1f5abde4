"""The application's claims and the audience of a session: chosen at the login, kept over refreshes."""

import logging
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from django_jwtkit import moments, sessions, tokens
from django_jwtkit.errors import (
    ClaimsUnusable,
    ClaimTypeUnusable,
    ClaimValueUnusable,
    InvalidClaim,
    ServiceUnavailable,
    UserInactive,
)
from django_jwtkit.sessions import Session

RETURNED = {}
"""What the function below returns or raises next."""


def returned(user):
    """Return what a test has left, or raise it."""
    value = RETURNED["value"]
    if isinstance(value, Exception):
        raise value
    return value


def of_session(user, session):
    """Say something about the session."""
    return {"since": session.created_at, "of": session.pk, "amr": ["pwd", *session.login_claims["amr"]]}


def of_optional_session(user, session=None):
    """The same function, called by the project itself as well."""
    return of_session(user, session)


def of_user(user, prefix="u", *more, scope="x"):
    """Have other parameters, none of which is a session."""
    return {"name": prefix + user.username + scope}


class Callable:
    """A function that is an object."""

    def __call__(self, user, session):
        return {"counter": session.counter}


of_object = Callable()


@pytest.fixture
def function(settings):
    """Return a function that makes one of this module's the `CLAIMS_FUNCTION`."""

    def use(name, **more):
        settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.{name}", **more}

    return use


@pytest.fixture
def later():
    """Return a moment after the grace, from which a refresh rotates."""
    return moments.now() + timedelta(minutes=1)


def test_claims_of_a_login_stay_with_it(alice, later, row):
    """In each access token of that session, and in no refresh token, nor in another session's."""
    own = {"amr": ["otp"], "tenant": uuid.UUID(int=5)}
    pair = sessions.start(alice, claims=own)
    for moment in (later, later + timedelta(minutes=1)):
        claims = tokens.verify(pair.access)
        assert (claims["amr"], claims["tenant"]) == (["otp"], str(uuid.UUID(int=5)))
        assert "amr" not in tokens.verify(pair.refresh, kind=tokens.REFRESH)
        pair = sessions.refresh(pair.refresh, now=moment)
    assert row().login_claims == {"amr": ["otp"], "tenant": str(uuid.UUID(int=5))}
    assert "amr" not in tokens.verify(sessions.start(alice).access)


def test_the_function_wins_on_the_same_name(alice, function, later):
    """What it says is of today."""
    function("returned")
    RETURNED["value"] = {"role": "admin", "tier": 1}
    pair = sessions.start(alice, claims={"role": "guest", "amr": ["otp"]})
    RETURNED["value"] = {"role": "editor"}
    claims = tokens.verify(sessions.refresh(pair.refresh, now=later).access, now=later)
    assert (claims["role"], claims["amr"], "tier" in claims) == ("editor", ["otp"], False)


@pytest.mark.parametrize("name", ["of_session", "of_optional_session"])
def test_a_function_may_ask_for_the_session(alice, function, row, name):
    """At the login, where it is not saved yet, and at a refresh."""
    function(name)
    pair = sessions.start(alice, claims={"amr": ["otp"]})
    for text in (pair.access, sessions.refresh(pair.refresh).access):
        claims = tokens.verify(text)
        assert (claims["of"], claims["amr"]) == (str(row().pk), ["pwd", "otp"])
        assert claims["since"].startswith(row().created_at.isoformat()[:19])


def test_a_function_may_be_any_callable(alice, function):
    """An object; one with other parameters; one written in C."""
    function("of_object")
    assert tokens.verify(sessions.start(alice).access)["counter"] == 0
    function("of_user")
    assert tokens.verify(sessions.start(alice).access)["name"] == "ualicex"


@pytest.mark.parametrize("name", ["sub", "exp", "sid", "cnf", "sub_field"])
def test_a_reserved_name_is_a_wrong_call(alice, name):
    """As in `tokens.issue`."""
    with pytest.raises(ValueError, match=name):
        sessions.start(alice, claims={"good": 1, name: "x"})
    assert not Session.objects.exists()


@pytest.mark.parametrize("claims", [{"own": {1}}, {"own": b"x"}, {"own": float("nan")}, ["own"]], ids=str)
def test_what_json_can_not_carry_is_a_wrong_call(alice, claims):
    """Of the caller's, not an outage."""
    with pytest.raises(TypeError, match="claim") as wrong:
        sessions.start(alice, claims=claims)
    assert not isinstance(wrong.value, ServiceUnavailable)
    assert not Session.objects.exists()


@pytest.mark.parametrize("letter", ["x", "\N{SNOWMAN}", "\0", "\N{PILE OF POO}"], ids=ascii)
def test_two_kib_fit_into_a_session(alice, row, letter):
    """Of JSON in UTF-8, whatever the database's character set; one more is a wrong call."""
    size = len(repr(letter).encode()) - 2 if letter != "\0" else 6
    fits = letter * ((2048 - len('{"own":""}')) // size)
    sessions.start(alice, claims={"own": fits})
    assert row().login_claims == {"own": fits}
    with pytest.raises(ValueError, match=r"2048 bytes.*'own'"):
        sessions.start(alice, claims={"a": 1, "own": fits + letter})


BAD = {
    "a set": ({"own": {1}}, ClaimTypeUnusable, "'own'"),
    "bytes": ({"own": b"x"}, ClaimTypeUnusable, "'own'"),
    "NaN": ({"own": float("nan")}, ClaimTypeUnusable, "'own'"),
    "a model": ({"own": User()}, ClaimTypeUnusable, "'own'"),
    "a reserved name": ({"exp": 1}, ClaimValueUnusable, "'exp'"),
    "too long": ({"own": "y" * 9000}, ClaimValueUnusable, "'own'"),
    "nothing": (None, ClaimTypeUnusable, "must return a dict, got None"),
    "a list": (["own"], ClaimTypeUnusable, "must return a dict"),
    "a name that is no text": ({5: "x"}, ClaimTypeUnusable, "claim names"),
}


@pytest.mark.parametrize(("value", "kind", "message"), BAD.values(), ids=BAD)
def test_what_the_function_must_not_return_is_named(alice, function, later, value, kind, message):
    """Claim, function and user; nothing is left behind, and the refresh can be done again."""
    function("returned")
    RETURNED["value"] = {}
    pair, name = sessions.start(alice), f"CLAIMS_FUNCTION ({__name__}.returned), for user {alice.pk}: "
    before = Session.objects.values().get()
    RETURNED["value"] = value
    for act in (lambda: sessions.start(alice), lambda: sessions.refresh(pair.refresh, now=later)):
        with pytest.raises(kind) as wrong:
            act()
        assert isinstance(wrong.value, (ClaimsUnusable, ServiceUnavailable))
        assert str(wrong.value).startswith(name)
        assert message in str(wrong.value)
        assert "yy" not in str(wrong.value)
    assert Session.objects.values().get() == before
    RETURNED["value"] = {}
    assert sessions.refresh(pair.refresh, now=later)


@pytest.mark.parametrize("error", [KeyError("role"), OperationalError("gone"), RecursionError()], ids=repr)
def test_a_function_that_fails_is_an_outage_with_one_traceback(alice, function, caplog, error):
    """Of the project's own; the log has function and user."""
    function("returned")
    RETURNED["value"] = error
    with pytest.raises(ServiceUnavailable, match=f"returned.*user {alice.pk}"):
        sessions.start(alice)
    (record,) = [record for record in caplog.records if record.name == "django_jwtkit.sessions"]
    assert (record.levelno, record.exc_info[1]) == (logging.ERROR, error)
    assert str(alice.pk) in record.getMessage()
    assert not Session.objects.exists()


def test_a_function_that_can_not_be_imported_is_an_outage(alice, settings):
    """`check` says so too."""
    settings.JWTKIT = {"CLAIMS_FUNCTION": "shop.nowhere"}
    with pytest.raises(ServiceUnavailable, match=r"shop\.nowhere"):
        sessions.start(alice)


def test_a_function_may_refuse(alice, function):
    """With an error of ours: that is an answer, and not an outage."""
    function("returned")
    RETURNED["value"] = UserInactive("not today")
    with pytest.raises(UserInactive):
        sessions.start(alice)
    assert not Session.objects.exists()


@pytest.mark.parametrize("text", ["{", "[1]", "5", '{"sub": "1"}', '{"exp": 1, "own": 2}'])
def test_claims_that_somebody_has_written_into_the_row_name_nobody(alice, later, text):
    """Neither a traceback nor another user."""
    pair = sessions.start(alice, claims={"own": 1})
    Session.objects.update(claims=text)
    with pytest.raises(ServiceUnavailable, match="claims of the session"):
        sessions.refresh(pair.refresh, now=later)


def test_an_audience_stays_with_its_session(alice, settings, later, row):
    """Both tokens name it and no other."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    pair = sessions.start(alice, audience="billing")
    for moment in (later, later + timedelta(minutes=1)):
        assert tokens.verify(pair.access)["aud"] == "billing"
        assert tokens.verify(pair.refresh, kind=tokens.REFRESH)["aud"] == "billing"
        pair = sessions.refresh(pair.refresh, now=moment)
    settings.JWTKIT = {"AUDIENCE": ["billing", "api"]}
    at = later + timedelta(minutes=2)
    assert tokens.verify(sessions.refresh(pair.refresh, now=at).access, now=at)["aud"] == "billing"
    assert tokens.verify(sessions.start(alice).access)["aud"] == "billing"


@pytest.mark.parametrize("audience", ["mail", "", ["api"], 5])
def test_an_audience_is_one_of_the_settings(alice, settings, audience):
    """Anything else is a wrong call, and leaves nothing behind."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    with pytest.raises(ValueError, match="AUDIENCE"):
        sessions.start(alice, audience=audience)
    settings.JWTKIT = {}
    with pytest.raises(ValueError, match="AUDIENCE"):
        sessions.start(alice, audience=audience)
    settings.JWTKIT = {"AUDIENCE": ["api", "x" * 256]}
    with pytest.raises(ValueError, match="255"):
        sessions.start(alice, audience="x" * 256)
    assert not Session.objects.exists()


def test_an_audience_that_is_gone_never_becomes_another(alice, settings, later):
    """A session for billing is none for the API, whatever the row or the settings say."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    pair, first = sessions.start(alice, audience="billing"), sessions.start(alice)
    settings.JWTKIT = {"AUDIENCE": ["api"]}
    with pytest.raises(InvalidClaim):
        sessions.refresh(pair.refresh, now=later)
    Session.objects.update(audience="billing")
    with pytest.raises(InvalidClaim):
        sessions.refresh(first.refresh, now=later)
