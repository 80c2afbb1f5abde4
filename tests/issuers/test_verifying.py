"""A foreign token is judged by its own issuer's keys and conditions, and by nothing of ours."""

import inspect

import pytest
from asgiref.sync import SyncToAsync, async_to_sync

from django_jwtkit import issuers, tokens
from django_jwtkit.errors import (
    AlgorithmRefused,
    BadSignature,
    InvalidClaim,
    KeySetUnavailable,
    MalformedToken,
    MissingClaim,
    NotYetValid,
    TokenError,
    TokenExpired,
    UnknownKey,
    WrongType,
)
from django_jwtkit.jose import Key, jws, jwt

from . import conftest
from .conftest import CLAIMS, ISS, KEY, NOW, jwks

OTHER = "https://other.example.com"


def verify(text):
    return issuers.verify(text, now=NOW)


def sign(key=KEY, typ="at+jwt", **claims):
    return conftest.sign(key, typ, **{"iat": NOW, "exp": NOW + 600, **claims})


def test_a_good_token_says_who_and_what(trust):
    trust(SCOPE_CLAIM="scp", GROUPS_CLAIM=["realm_access", "roles"])
    token = verify(sign(scp="orders.read orders.write", realm_access={"roles": ["clerk"]}))
    assert (token.issuer, token.subject) == (ISS, "7")
    assert token.scopes == ("orders.read", "orders.write")
    assert token.groups == ("clerk",)
    assert token.claims["sub"] == "7"


def test_what_is_written_for_our_own_claims_reads_no_foreign_one(trust):
    token = verify(sign(role="admin", sid="x"))
    assert token.get("iss") == ISS
    assert [token.get(name) for name in ("sub", "role", "sid", "aud")] == [None] * 4
    assert token.get("role", "guest") == "guest"


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"iss": OTHER}, InvalidClaim),
        ({"iss": ISS + "/"}, InvalidClaim),
        ({"iss": ISS.upper()}, InvalidClaim),
        ({"iss": None}, InvalidClaim),
        ({"aud": None}, MissingClaim),
        ({"aud": "payments"}, InvalidClaim),
        ({"sub": None}, MissingClaim),
        ({"sub": "x" * 2049}, InvalidClaim),
        ({"exp": NOW - 31}, TokenExpired),
        ({"iat": NOW + 60}, NotYetValid),
        ({"nbf": NOW + 60}, NotYetValid),
        ({"auth_time": NOW + 60}, NotYetValid),
        ({"auth_time": "yesterday"}, InvalidClaim),
        ({"auth_time": True}, InvalidClaim),
        ({"cnf": {"jkt": "x"}}, InvalidClaim),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(trust, claims, error):
    text = jws.sign(_payload(claims), KEY, header={"typ": "at+jwt"})
    with pytest.raises(error):
        verify(text)


def _payload(claims):
    import json

    named = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return json.dumps(named).encode()


def test_exp_is_always_required(trust):
    with pytest.raises(MissingClaim):
        verify(jws.sign(_payload({"exp": None}), KEY, header={"typ": "JWT"}))


def test_a_subject_may_have_2048_characters(trust):
    assert verify(sign(sub="x" * 2048)).subject == "x" * 2048


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt", None])
def test_types_that_issuers_write_are_accepted(trust, typ):
    assert verify(sign(typ=typ)).subject == "7"


@pytest.mark.parametrize("typ", ["rt+jwt", "dpop+jwt", "application/okta-internal-at+jwt"])
def test_another_type_is_refused(trust, typ):
    with pytest.raises(WrongType):
        verify(sign(typ=typ))


def test_the_key_must_be_of_the_issuer_that_the_token_names(trust):
    """The same kid in two issuers: each speaks for itself alone."""
    theirs = Key.generate("ES256", kid="k1")
    trust(others={OTHER: {"AUDIENCE": "orders", "JWKS": jwks(theirs)}})
    assert verify(sign(iss=OTHER, key=theirs)).issuer == OTHER
    for iss, key in ((ISS, theirs), (OTHER, KEY)):
        with pytest.raises(BadSignature):
            verify(sign(iss=iss, key=key))


def test_our_own_issuer_is_never_judged_by_a_foreign_key(trust, settings):
    trust("https://api.example.com")
    text = sign(iss="https://api.example.com")
    assert issuers.recognize(text) is None
    with pytest.raises(InvalidClaim):
        verify(text)


def test_an_algorithm_that_nobody_allows_is_refused_before_a_key_is_looked_for(trust):
    secret = Key.generate("HS256", kid="k1")
    for text in (sign(key=secret), "eyJhbGciOiJub25lIn0." + sign().split(".")[1] + "."):
        with pytest.raises(AlgorithmRefused):
            verify(text)


def test_an_unknown_key_is_refused(trust):
    with pytest.raises(UnknownKey):
        verify(sign(key=Key.generate("ES256", kid="other")))


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 20_000, "..", "a.b.c.d.e", "é.é.é"])
def test_what_is_no_token_is_malformed(trust, text):
    assert issuers.recognize(text) is None
    with pytest.raises(MalformedToken):
        verify(text)


def test_a_token_is_no_longer_than_its_issuer_may_write(trust):
    trust(MAX_LENGTH=1000)
    with pytest.raises(MalformedToken):
        verify(sign(padding="x" * 1000))


@pytest.mark.parametrize(
    ("wanted", "value", "fits"),
    [
        ("access", "access", True),
        ("access", "id", False),
        ("access", None, False),
        ("access", ["access"], False),
        (["a", "b"], "b", True),
        (True, True, True),
        (True, 1, False),
        (True, "true", False),
        (1, True, False),
        ("1", 1, False),
        (1, 1, True),
    ],
)
def test_a_required_claim_has_the_value_and_its_type(trust, wanted, value, fits):
    trust(REQUIRE={"token_use": wanted})
    text = jws.sign(_payload({"token_use": value}), KEY, header={"typ": "JWT"})
    if fits:
        assert verify(text)
    else:
        with pytest.raises((InvalidClaim, MissingClaim)):
            verify(text)


def test_a_required_claim_may_lie_inside_another(trust):
    trust(REQUIRE={("kubernetes.io", "namespace"): "shop"})
    assert verify(sign(**{"kubernetes.io": {"namespace": "shop"}}))
    for inside in ({"namespace": "other"}, {}, "shop", [{"namespace": "shop"}]):
        with pytest.raises((InvalidClaim, MissingClaim)):
            verify(sign(**{"kubernetes.io": inside}))


@pytest.mark.parametrize("name", ["client_id", "azp", "cid"])
def test_another_claim_may_take_the_place_of_the_audience(trust, name):
    trust(AUDIENCE_CLAIM=name, AUDIENCE=["one", "two"])
    assert verify(sign(aud=None, **{name: "two"}))
    assert verify(sign(aud="anything", **{name: "one"}))
    for value in ("three", None, ["one"]):
        with pytest.raises((InvalidClaim, MissingClaim)):
            verify(sign(aud=None, **{name: value}))


def test_a_token_may_be_refused_for_its_age(trust):
    from datetime import timedelta

    trust(MAX_AGE=timedelta(minutes=1))
    assert verify(sign(iat=NOW - 60))
    with pytest.raises(TokenExpired):
        verify(sign(iat=NOW - 120))
    with pytest.raises(MissingClaim):
        verify(sign(iat=None))


def test_the_first_subject_claim_that_is_there_counts(trust):
    trust(SUBJECT_CLAIM=["oid", "sub"])
    assert verify(sign(oid="o-1")).subject == "o-1"
    assert verify(sign()).subject == "7"
    with pytest.raises(InvalidClaim):
        verify(sign(oid=7))


def test_an_alias_is_the_same_issuer(trust):
    trust(ALIASES=["sso.example.com"])
    assert verify(sign(iss="sso.example.com")).issuer == ISS


def test_each_tenant_is_an_issuer_of_its_own(trust):
    trust("https://login.example.com/{tenantid}/v2.0", TENANTS=["a", "b"])
    assert verify(sign(iss="https://login.example.com/b/v2.0")).issuer.endswith("/b/v2.0")
    for tenant in ("c", "{tenantid}"):
        with pytest.raises(InvalidClaim):
            verify(sign(iss=f"https://login.example.com/{tenant}/v2.0"))


def test_a_key_of_one_tenant_does_not_speak_for_another(trust):
    name = "https://login.example.com/11111111-1111-4111-8111-111111111111/v2.0"
    other = "https://login.example.com/22222222-2222-4222-8222-222222222222/v2.0"
    for issuer, accepted in (
        (name, True),
        ("https://login.example.com/{tenantid}/v2.0", True),
        (other, False),
    ):
        keys = jwks(KEY, Key.generate("ES256", kid="k2"))
        keys["keys"][0]["issuer"] = issuer
        trust(name, JWKS=keys)
        if accepted:
            assert verify(sign(iss=name))
        else:
            with pytest.raises(UnknownKey):
                verify(sign(iss=name))


def test_our_own_tokens_are_not_foreign(trust, alice):
    assert issuers.recognize(tokens.issue(alice)) is None


def test_a_foreign_token_is_no_token_of_ours(trust, db):
    """Also one with all the claims that ours have."""
    text = jwt.encode({**CLAIMS, "jti": "x" * 22, "sid": "x"}, KEY, typ="at+jwt")
    with pytest.raises(TokenError):
        tokens.verify(text)


@pytest.mark.parametrize("path", ["file", "missing", "empty"])
def test_the_keys_may_lie_in_a_file(trust, tmp_path, path):
    import json

    file = tmp_path / "jwks.json"
    if path != "missing":
        file.write_text(json.dumps(jwks(KEY)) if path == "file" else "{}")
    trust(JWKS=str(file))
    if path == "file":
        assert verify(sign()).subject == "7"
    else:
        from django_jwtkit.errors import ServiceUnavailable

        with pytest.raises(ServiceUnavailable, match="JWKS cannot be used"):
            verify(sign())


def test_without_trusted_issuers_nothing_is_recognized(settings):
    settings.JWTKIT = {}
    assert issuers.recognize(sign()) is None
    with pytest.raises(TokenError):
        verify(sign())


def test_a_private_key_that_an_issuer_shows_is_an_alarm(trust, caplog):
    trust(JWKS={"keys": [KEY.public().to_dict(), Key.generate("ES256", kid="leak").to_dict(private=True)]})
    assert verify(sign())
    assert [record.levelname for record in caplog.records if "private key" in record.message] == ["CRITICAL"]


def ask_in_loop(call, *arguments):
    """Return what `call` answers in a running event loop."""

    async def run():
        result = call(*arguments)
        return await result if inspect.isawaitable(result) else result

    return async_to_sync(run)()


def test_known_keys_answer_in_an_event_loop_without_a_thread(trust, monkeypatch):
    monkeypatch.setattr(SyncToAsync, "__call__", None)
    for verify in (issuers.verify, issuers.averify):
        assert ask_in_loop(verify, sign()).subject == "7"


@pytest.mark.django_db(transaction=True)
def test_only_the_twin_waits_for_keys_in_an_event_loop(trust, publisher):
    """The sync form leaves the fetch to a thread, and says 503 until it is done."""
    publisher.publish(KEY)
    trust(JWKS_URL=publisher.url, PRIVATE_ADDRESSES=True)
    assert ask_in_loop(issuers.averify, sign()).subject == "7"
    issuers.forget()
    issuers.TrustedKeySet.objects.all().delete()
    with pytest.raises(KeySetUnavailable, match="event loop"):
        ask_in_loop(issuers.verify, sign())
    issuers.forget()  # which waits for the thread
    assert ask_in_loop(issuers.averify, sign()).subject == "7"
    assert publisher.fetches == 2
