"""The inspector never says anything else than `JWTAuthentication`, and never contradicts itself."""

import time
from datetime import timedelta

import pytest
from django.apps import apps
from rest_framework.test import APIRequestFactory

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.challenges import Refused, Unavailable
from django_jwtkit.inspection import Outcome, inspect
from django_jwtkit.issuers import TrustedKeySet
from django_jwtkit.jose import Key, jwe
from tests.jose.remote.publisher import unused_port

from .conftest import ISS, OURS, SECOND, SECOND_KEY

pytestmark = pytest.mark.django_db
NOW = int(time.time())
PARCEL = tokens.TokenKind("inspected parcel", typ="parcel+jwt", lifetime=timedelta(minutes=1))
CRATE = tokens.TokenKind("inspected crate", typ="crate+jwt", lifetime=timedelta(minutes=1), encrypted=True)
ROBOT = tokens.TokenKind("inspected robot", typ="robot+jwt", lifetime=timedelta(minutes=1), subject=True)


def after(seconds):
    """Return the NumericDate in so many seconds: a run of all tests takes longer than a token lives."""
    return int(time.time()) + seconds


def revoked(world):
    keys.revoke(world.signing_key().kid, reason="a laptop was stolen", by="root")
    return world.pair.access


def denied(world):
    world.configure(DENY_KIDS=[world.signing_key().kid[:12]])
    return world.pair.access


def ended(world):
    world.configure(CHECK_SESSION=True)
    sessions.end_all(world.alice)
    return world.pair.access


def ended_unasked(world):
    sessions.end_all(world.alice)
    return world.pair.access


def inactive(world):
    world.alice.is_active = False
    world.alice.save()
    return world.pair.access


def deleted(world):
    world.alice.delete()
    return world.pair.access


def new_password(world):
    world.configure(CHECK_SESSION=True)
    world.alice.set_password("another pass phrase")
    world.alice.save()
    return world.pair.access


def spent(world):
    sessions.refresh(world.pair.refresh)
    sessions.Session.objects.update(rotated_at=sessions.Session.objects.get().created_at - timedelta(days=1))
    return world.pair.refresh


def encrypted(world, **changes):
    world.configure(ENCRYPT=["access"])
    text = tokens.issue(world.alice)
    world.configure(**changes)
    return text


def to_a_stranger(world):
    world.configure(ENCRYPT=["access"])
    outside = Key.generate("A256KW")
    return jwe.encrypt(world.pair.access.encode(), outside, enc="A256GCM", header={"cty": "JWT"})


def bare(world):
    world.configure(ENCRYPT=["access"])
    return world.pair.access


def unreachable(world):
    world.configure(jwks=None, jwks_url=f"http://127.0.0.1:{unused_port()}/", private_addresses=True)
    return world.foreign()


def moved_field(world):
    world.configure(USER_ID_FIELD="username")
    return world.pair.access


def cut(text):
    return text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")


MISHAPS = {
    # ours
    "a good access token": lambda world: world.pair.access,
    "one without a session": lambda world: tokens.issue(world.alice),
    "one of the older typ": lambda world: world.own(typ="JWT"),
    "another signature": lambda world: cut(world.pair.access),
    "a key that nobody knows": lambda world: world.own(Key.generate("ES256")),
    "a key without a kid": lambda world: world.own(Key.from_dict(_without_kid())),
    "a revoked key": revoked,
    "a denied key": denied,
    "the key of another ring": lambda world: world.own(keys.signing_key("kinds", **_moment())),
    "expired": lambda world: world.own(iat=NOW - 900, exp=NOW - 600),
    "expired, and of a key that nobody knows": lambda world: world.own(Key.generate("ES256"), iat=1, exp=2),
    "issued in the future": lambda world: world.own(iat=after(600), exp=after(900)),
    "not valid yet": lambda world: world.own(nbf=after(200)),
    "for another audience": lambda world: world.own(aud="payments"),
    "for no audience": lambda world: world.own(aud=None),
    "of another issuer": lambda world: world.own(iss="https://evil.example.com"),
    "of ours with a slash": lambda world: world.own(Key.generate("ES256"), iss=OURS + "/"),
    "bound to a key": lambda world: world.own(cnf={"jkt": "x"}),
    "a jti that is not ours": lambda world: world.own(jti="1"),
    "a subject that is a number": lambda world: world.own(sub=7),
    "a longer life than its key promises": lambda world: world.own(exp=after(900_000)),
    "a user who is inactive": inactive,
    "a user who is gone": deleted,
    "another USER_ID_FIELD": moved_field,
    "an ended session": ended,
    "an ended session that is not asked for": ended_unasked,
    "another password": new_password,
    "a refresh token": lambda world: world.pair.refresh,
    "a spent refresh token": spent,
    "a kind of the project": lambda world: tokens.issue(world.alice, kind=PARCEL),
    "an encrypted kind": lambda world: tokens.issue(world.alice, kind=CRATE),
    "a kind without a user": lambda world: tokens.issue(subject="robot", kind=ROBOT),
    "a typ of nobody": lambda world: world.own(typ="dpop+jwt"),
    "no typ": lambda world: world.own(typ=None),
    "encrypted": lambda world: encrypted(world, ENCRYPT=["access"]),
    "encrypted, which is switched off": lambda world: encrypted(world, ENCRYPT=[]),
    "encrypted to a stranger": to_a_stranger,
    "bare where it must be encrypted": bare,
    "HS256 with the public key": lambda world: world.own(Key.generate("HS256", kid=world.signing_key().kid)),
    "alg none": lambda world: "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + world.own().split(".")[1] + ".",
    # of issuers
    "a good foreign token": lambda world: world.foreign(),
    "a foreign token of nobody": lambda world: world.foreign(key=SECOND_KEY, iss=SECOND),
    "a foreign token for nobody": lambda world: world.foreign(aud=None),
    "a foreign token for others": lambda world: world.foreign(aud=["payments"]),
    "a foreign audience of a wrong type": lambda world: world.foreign(aud=7),
    "an expired foreign token": lambda world: world.foreign(iat=NOW - 900, exp=NOW - 600),
    "a foreign token without an end": lambda world: world.foreign(exp=None),
    "a foreign token of tomorrow": lambda world: world.foreign(iat=after(90_000), exp=after(90_300)),
    "a foreign token not valid yet": lambda world: world.foreign(nbf=after(200)),
    "a foreign token without a subject": lambda world: world.foreign(sub=None),
    "a foreign subject that is a list": lambda world: world.foreign(sub=["7"]),
    "a foreign login of tomorrow": lambda world: world.foreign(auth_time=after(900)),
    "a foreign token that is bound": lambda world: world.foreign(cnf={"jkt": "x"}),
    "a forged foreign token": lambda world: world.foreign(key=SECOND_KEY),
    "a foreign key that nobody knows": lambda world: world.foreign(key=Key.generate("ES256", kid="k2")),
    "a foreign key without a kid": lambda world: world.foreign(key=Key.from_dict(_without_kid())),
    "a foreign HS256": lambda world: world.foreign(key=Key.generate("HS256", kid="k1")),
    "a foreign typ": lambda world: world.foreign(typ="dpop+jwt"),
    "a foreign issuer with a slash": lambda world: world.foreign(iss=ISS + "/"),
    "our issuer under a foreign key": lambda world: world.foreign(iss=OURS),
    "an issuer that is away": unreachable,
    # of nobody
    "nothing": lambda world: "",
    "a word": lambda world: "hello",
    "dots": lambda world: "....",
    "two parts": lambda world: "a.b",
    "no JSON": lambda world: "YQ.YQ.YQ",
    "other letters": lambda world: world.pair.access.replace("e", "é", 1),
    "very long": lambda world: world.pair.access + "A" * 20_000,
}


def _without_kid():
    return {
        name: value for name, value in Key.generate("ES256").to_dict(private=True).items() if name != "kid"
    }


def _moment():
    from django_jwtkit.moments import now

    return {"now": now(), "lifetime": timedelta(minutes=1)}


def ask(text):
    """Return whether `JWTAuthentication` accepts a request with the token, and the error."""
    request = APIRequestFactory().get("/")
    authentication = JWTAuthentication()
    authentication.get_token = lambda request: text
    try:
        authentication.authenticate(request)
    except Refused as refused:
        return False, refused.__cause__
    except Unavailable as unavailable:
        return None, unavailable.__cause__
    return True, None


def rows():
    """Return the rows of the database, so that a change would show; key sets are fetched as for a request."""
    models = [model for model in apps.get_models() if model._meta.managed and model is not TrustedKeySet]
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}


@pytest.mark.parametrize("name", MISHAPS)
def test_the_inspector_says_what_the_authentication_says(world, name):
    text = MISHAPS[name](world)
    before = rows()
    inspection = inspect(text)
    assert rows() == before
    accepts, error = ask(text)
    assert inspection.authenticates is accepts
    if inspection.kind in {"access", "foreign"} and accepts is False:
        assert type(inspection.error) is type(error)
        assert str(inspection.error) == str(error)
    agrees_with_itself(inspection)


def agrees_with_itself(inspection):
    """An accepted token passes each check, and the verdict is that of a check that failed."""
    wrong = [check.message.rstrip(".") for check in inspection.checks if check.outcome is Outcome.WRONG]
    if inspection.is_accepted:
        assert wrong == []
        assert inspection.verdict.startswith("Accepted ")
        assert inspection.is_verified
    else:
        start = "Refused: " if inspection.is_accepted is False else "Not judged, a client gets 503: "
        assert inspection.verdict.removeprefix(start).removesuffix(".") in wrong
        assert inspection.error is not None
    if inspection.authenticates:
        assert inspection.is_accepted
    assert all(check.message for check in inspection.checks)
