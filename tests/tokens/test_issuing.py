"""The claims in a token, and those that an application may set."""

import enum
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import NoUsableKey
from django_jwtkit.jose import unverified_header

MINUTE = timedelta(minutes=1)
NOTE = tokens.TokenKind("test-note", typ="test-note+jwt", lifetime=MINUTE, encrypted=True)


@pytest.mark.threat("LEAK-011", "TYP-020")
def test_an_access_token_says_what_the_contract_says(alice):
    """Header alg, kid, typ; claims sub, exp, iat, jti and nothing about the person."""
    text = tokens.issue(alice)
    header = unverified_header(text)
    assert header.keys() == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    claims = tokens.verify(text)
    assert claims.keys() == {"sub", "exp", "iat", "jti"}
    assert claims["sub"] == str(alice.pk)
    assert claims["exp"] - claims["iat"] == 300


def test_issuer_and_audience_are_the_settings(alice, settings):
    """Put in on issue, demanded on verify."""
    settings.JWTKIT = {"ISSUER": "https://issuer.example", "AUDIENCE": ["api", "files"]}
    claims = tokens.verify(tokens.issue(alice))
    assert (claims["iss"], claims["aud"]) == ("https://issuer.example", "api")


@pytest.mark.threat("RFR-016")
def test_every_jti_is_128_random_bits(alice):
    """In base64url, and never twice."""
    jtis = {tokens.verify(tokens.issue(alice))["jti"] for _ in range(20)}
    assert len(jtis) == 20
    assert {len(jti) for jti in jtis} == {22}


@pytest.mark.parametrize("name", sorted(tokens.RESERVED))
def test_a_reserved_claim_is_a_wrong_call(alice, name):
    """What these claims say, we say."""
    with pytest.raises(ValueError, match=name):
        tokens.issue(alice, claims={name: "x"})


def test_the_applications_claims_come_back(alice):
    """As JSON has them."""
    own = {"role": "admin", "deep": {"list": [1, 2.5, None, True]}, "text": "ünïcode"}
    assert own.items() <= tokens.verify(tokens.issue(alice, claims=own)).items()


@pytest.mark.parametrize(
    "claims",
    [
        {"big": "x" * 9000},
        {"nan": float("nan")},
        {"deep": [[[[[[[[[[]]]]]]]]]]},
        {"half": "\ud800"},
        {"many": {str(n): n for n in range(300)}},
        {"object": object()},
        {1: "a name is text"},
    ],
    ids=lambda claims: str(next(iter(claims))),
)
def test_claims_that_nobody_could_read_are_a_wrong_call(alice, claims):
    """Found out here and now, and not by whoever gets the token."""
    with pytest.raises((ValueError, TypeError)):
        tokens.issue(alice, claims=claims)


COLOR = enum.Enum("COLOR", "RED", type=str)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4, 5), "03:04:05"),
        (timedelta(days=1, seconds=2), "P1DT00H00M02S"),
        (Decimal("1250.00"), "1250.00"),
        (gettext_lazy("Yes"), "Yes"),
        (mark_safe("<b>"), "<b>"),
        (COLOR.RED, COLOR.RED.value),
        ([uuid.UUID(int=5), {"at": date(2026, 1, 2)}], [str(uuid.UUID(int=5)), {"at": "2026-01-02"}]),
        (("a", 1), ["a", 1]),
        ({1: "one"}, {"1": "one"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_encoded_as_django_does_it(alice, value, read):
    """As in a `JsonResponse`, also inside lists and dicts."""
    assert tokens.verify(tokens.issue(alice, claims={"own": value}))["own"] == read


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        frozenset("a"),
        b"bytes",
        bytearray(b"x"),
        object(),
        1j,
        float("nan"),
        float("-inf"),
        [float("inf")],
        {"deep": {"er": {1}}},
        {(1, 2): "a key"},
        {uuid.UUID(int=5): "a key"},
        Decimal,
        (x for x in "ab"),
        time(3, 4, tzinfo=UTC),
        "half \ud800",
        ["half \udfff"],
        [[[[[[[[[[]]]]]]]]]],
        {str(n): n for n in range(300)},
        10**400,
        {1: "one", "1": "uno"},
        b"",
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_json_can_not_carry_is_named(alice, value):
    """The claim, and nothing of what is in it."""
    with pytest.raises(TypeError, match="claim 'own' must be a value that JSON can represent") as wrong:
        tokens.issue(alice, claims={"good": 1, "own": value})
    assert "half" not in str(wrong.value)


def test_a_list_that_holds_itself_is_named(alice):
    """Not a RecursionError."""
    endless = []
    endless.append(endless)
    with pytest.raises(TypeError, match="'own'"):
        tokens.issue(alice, claims={"own": endless})


@pytest.mark.parametrize("claims", [[("a", 1)], "role=admin", 5, {"a"}, {"good": 1, 2: "no name"}], ids=str)
def test_claims_are_a_dict_with_names_of_text(alice, claims):
    """Anything else is a wrong call."""
    with pytest.raises(TypeError, match="claim"):
        tokens.issue(alice, claims=claims)


def test_claims_that_are_too_long_name_the_largest(alice):
    """That is the one to shorten; what it says stays out of the message."""
    with pytest.raises(ValueError, match="'biography'") as wrong:
        tokens.issue(alice, claims={"role": "admin", "biography": "yes " * 2500, "groups": ["a"] * 100})
    assert "yes" not in str(wrong.value)


def test_a_token_is_issued_for_one_audience_and_accepted_for_each(alice, settings):
    """Whoever is shown it can't use it elsewhere, if they look; the first stands for this service."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    for chosen in ({}, {"audience": "api"}, {"audience": "billing"}):
        assert tokens.verify(tokens.issue(alice, **chosen))["aud"] == chosen.get("audience", "api")
    for other in ("mail", "", ["api"], 5):
        with pytest.raises(ValueError, match=r"AUDIENCE.*'api', 'billing'"):
            tokens.issue(alice, audience=other)


@pytest.mark.parametrize("audience", [None, "api"])
def test_a_single_audience_may_be_named_too(alice, settings, audience):
    """And where there is none, none can be chosen."""
    settings.JWTKIT = {"AUDIENCE": "api"}
    assert tokens.verify(tokens.issue(alice, audience=audience))["aud"] == "api"
    settings.JWTKIT = {}
    assert "aud" not in tokens.verify(tokens.issue(alice))
    with pytest.raises(ValueError, match="not set"):
        tokens.issue(alice, audience="api")


def test_only_a_saved_user_gets_a_token(db):
    """ "None" is nobody's id."""
    with pytest.raises(ValueError, match="saved"):
        tokens.issue(get_user_model()(username="unsaved"))


def test_an_id_too_long_for_a_claim_is_a_wrong_call(alice, settings):
    """255 characters, like the columns of those who keep it."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    alice.username = "a" * 256
    with pytest.raises(ValueError, match="255"):
        tokens.issue(alice)


@pytest.mark.parametrize("lifetime", [timedelta(0), -MINUTE])
def test_a_token_lives_for_some_time(alice, lifetime):
    """A token that is dead at birth is a mistake of the caller's."""
    with pytest.raises(ValueError, match="lifetime"):
        tokens.issue(alice, lifetime=lifetime)


def test_a_token_never_outlives_what_it_belongs_to(alice):
    """`until` cuts the lifetime, rounded down to a second."""
    now = moments.now().replace(microsecond=900_000)
    until = now + timedelta(seconds=20)
    assert tokens.verify(tokens.issue(alice, until=until, now=now), now=now)["exp"] == int(until.timestamp())


def test_one_moment_is_iat_and_chooses_the_key(alice):
    """A token of the future is signed by the key of the future, and dated so."""
    now = moments.now() + timedelta(days=365)
    keys.rotate("access", now=now)
    keys.rotate("access", now=now + timedelta(days=3))
    later = now + timedelta(days=3)
    text = tokens.issue(alice, now=later)
    assert tokens.verify(text, now=later)["iat"] == int(later.timestamp())


def test_an_encrypted_kind_can_be_read_by_us_alone(alice):
    """Signed, then encrypted: five parts, `cty: JWT`, nothing of the claims in between."""
    text = tokens.issue(alice, kind=NOTE, claims={"account": "DE89370400440532013000"})
    assert text.count(".") == 4
    assert unverified_header(text)["cty"] == "JWT"
    assert "DE89" not in json.dumps(unverified_header(text))
    assert tokens.verify(text, kind=NOTE)["account"] == "DE89370400440532013000"


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"])
def test_the_settings_encrypt_access_tokens(alice, settings, enc):
    """Bare ones are then refused, and older ones of another content encryption go on."""
    settings.JWTKIT = {"ENCRYPT": ["access"], "CONTENT_ENCRYPTION": enc}
    text = tokens.issue(alice)
    assert unverified_header(text)["enc"] == enc
    settings.JWTKIT = {"ENCRYPT": ["access"]}
    assert tokens.verify(text)["sub"] == str(alice.pk)


def test_without_a_key_the_service_is_unavailable(alice):
    """The message names the command that fixes it."""
    keys.StoredKey.objects.all().delete()
    keys.forget()
    with pytest.raises(NoUsableKey, match="rotate_keys"):
        tokens.issue(alice)
    with pytest.raises(NoUsableKey, match="rotate_keys"):
        tokens.verify("a.b.c")


def test_a_client_id_is_put_into_access_tokens_alone(alice, settings):
    """RFC 9068 demands one; an application's own goes before it."""
    settings.JWTKIT = {"CLIENT_ID": "web"}
    assert tokens.verify(tokens.issue(alice))["client_id"] == "web"
    assert tokens.verify(tokens.issue(alice, claims={"client_id": "app"}))["client_id"] == "app"
    assert "client_id" not in tokens.verify(tokens.issue(alice, kind=NOTE), kind=NOTE)


@pytest.mark.parametrize("typ", ["at+jwt", "JWT"])
def test_the_typ_of_access_tokens_can_be_that_of_older_verifiers(alice, settings, typ):
    """Both are accepted, so that the setting can be changed at any time."""
    settings.JWTKIT = {"ACCESS_TOKEN_TYP": typ}
    text = tokens.issue(alice)
    assert unverified_header(text)["typ"] == typ
    settings.JWTKIT = {}
    assert tokens.verify(text)["sub"] == str(alice.pk)


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/JWT"])
def test_no_other_kind_has_a_typ_of_access_tokens(typ):
    with pytest.raises(ValueError, match="access"):
        tokens.TokenKind("test-other", typ=typ, lifetime=MINUTE)
