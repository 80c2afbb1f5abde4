"""No public function of ours raises Django's `SynchronousOnlyOperation` in a running event loop."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.exceptions import SynchronousOnlyOperation
from django.test import RequestFactory

from django_jwtkit import issuers, keys, sessions, testing, tokens, transport
from django_jwtkit.conf import conf
from django_jwtkit.errors import InsideEventLoop
from django_jwtkit.jose import Key, KeySet, encoding, jwt
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims

pytestmark = pytest.mark.django_db(transaction=True)

ISSUER = "https://login.example.com/"
# A port that nobody listens on: asked in vain, and quickly.
ENTRY = {"AUDIENCE": "orders", "JWKS_URL": "http://127.0.0.1:9/jwks", "PRIVATE_ADDRESSES": True}
UNTIL = datetime.now(UTC) + timedelta(days=1)
SECRET = "the old secret of a project that simplejwt has signed for"
OLD = {"token_type": "access", "user_id": "1", "jti": "0123456789abcdef", "iat": 1, "exp": 2**33}
OLD_HEADER = {"alg": "HS256", "typ": "JWT"}


@pytest.fixture
def samples(alice, settings):
    """A value for each parameter that a public function demands, by its name."""
    settings.JWTKIT = {"TRUSTED_ISSUERS": {ISSUER: ENTRY}, "ACCEPT_SIMPLEJWT": {"UNTIL": UNTIL}}
    settings.SIMPLE_JWT = {"SIGNING_KEY": SECRET}
    pair, key = sessions.start(alice), Key.generate("ES256")
    claims = tokens.verify(pair.access)
    foreign = issuers.ForeignToken({"sub": "7"}, ISSUER, "7")
    yield {
        "address": "192.0.2.1",
        "audience": None,
        "claims": claims,
        "database": "default",
        "error": TypeError("bad"),
        "issuer": issuers.issuer_of(ISSUER),
        "key": key,
        "keys": KeySet([key]),
        "kid": key.kid,
        "kind": tokens.ACCESS,
        "lag": timedelta(hours=1),
        "lifetime": timedelta(minutes=1),
        "login_claims": {},
        "moment": None,
        "name": ISSUER,
        "now": datetime.now(UTC),
        "observers": (),
        "origin": "simplejwt",
        "password": "correct horse",
        "reason": "leaked",
        "request": RequestFactory().get("/"),
        "ring": "access",
        "sender": apps.get_app_config("jwtkit"),
        "session_id": uuid4(),
        "settings": conf(),
        "source": "code",
        "stamp": "",
        "subject": "7",
        "text": pair.access,
        "token": foreign,
        "user": alice,
        "using": "default",
        "value": 1,
    }
    issuers.forget()


@pytest.fixture
def texts(samples):
    """Tokens as the functions of each room take them: ours, another issuer's, simplejwt's."""
    claims = {"iss": ISSUER, "sub": "7", "aud": "orders", "exp": 2**33}
    foreign = jwt.encode(claims, Key.generate("ES256"), typ="JWT")
    old = ".".join([*(encoding.b64u_encode(encoding.dumps(part)) for part in (OLD_HEADER, OLD)), "AA"])
    return {"issuers": foreign, "simplejwt": old}


def functions(room, name):
    """Yield the functions of a door, and of the modules that it shows, with their public names."""
    own = [each for each, value in vars(room).items() if getattr(value, "__module__", "") == room.__name__]
    for each in getattr(room, "__all__", None) or [each for each in own if each[0] != "_"]:
        value = getattr(room, each)
        if isinstance(value, ModuleType):
            yield from functions(value, f"{name}.{each}")
        elif not inspect.isclass(value) and callable(value):
            yield f"{name}.{each}", value


PUBLIC = {
    name: function
    for room in (issuers, keys, sessions, testing, tokens, transport)
    for name, function in functions(room, room.__name__.removeprefix("django_jwtkit."))
}


def arguments(function, values):
    """Return what `function` demands, by position and by name; None where there is no sample."""
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    demanded = [each for each in parameters if each.default is each.empty and each.kind not in optional]
    positional = [values.get(each.name) for each in demanded if each.kind is not each.KEYWORD_ONLY]
    return positional, {
        each.name: values.get(each.name) for each in demanded if each.kind is each.KEYWORD_ONLY
    }


async def outcome(function, positional, named):
    """Return what `function` raises in this event loop; None where it answers."""
    try:
        result = function(*positional, **named)
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, Iterator):
            list(result)
    except Exception as error:  # noqa: BLE001 - whatever it says of the samples
        return error
    return None


@pytest.mark.parametrize("is_cold", [False, True], ids=["warm", "cold"])
def test_every_function_answers_or_names_what_to_await(samples, texts, is_cold):
    """In a process that knows its keys, and in one that has just started."""
    outcomes = {}
    for name, function in PUBLIC.items():
        values = dict(samples)
        if "simplejwt" in name:
            values |= {"text": texts["simplejwt"], "claims": SimpleJWTClaims(OLD)}
        elif name.startswith("issuers."):
            values |= {"text": texts["issuers"]}
        if is_cold:
            keys.forget()
        outcomes[name] = async_to_sync(outcome)(function, *arguments(function, values))

    refused = {name for name, error in outcomes.items() if isinstance(error, InsideEventLoop)}
    assert not [name for name, error in outcomes.items() if isinstance(error, SynchronousOnlyOperation)]
    assert not [name for name in refused if "await " not in str(outcomes[name])]
    assert not [name for name in refused if inspect.iscoroutinefunction(PUBLIC[name])]
    assert {"keys.rotate", "keys.reseal", "sessions.prune", "issuers.link", "tokens.users.load"} <= refused
    assert ("tokens.verify" in refused) is is_cold
    assert len(PUBLIC) > 90
