"""Old tokens are verified as the project's `SIMPLE_JWT` says, and as nothing else says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import jose, tokens
from django_jwtkit.errors import (
    AlgorithmRefused,
    BadSignature,
    InvalidClaim,
    JWTKitError,
    KeyUnusableError,
    NotYetValid,
    PasswordChanged,
    ServiceUnavailable,
    TokenError,
    TokenExpired,
    UserInactive,
    UserNotFound,
    WrongType,
)
from django_jwtkit.jose import Key
from django_jwtkit.tokens import simplejwt
from tests.simplejwt.issuing import SECRET, OldIssuer, ago, seconds

pytestmark = pytest.mark.django_db


def pair_of(algorithm):
    """Return the settings of a key pair for `algorithm`."""
    key = Key.generate("Ed25519" if algorithm == "EdDSA" else algorithm)
    return {
        "ALGORITHM": algorithm,
        "SIGNING_KEY": key.to_pem(private=True).decode(),
        "VERIFYING_KEY": key.public().to_pem().decode(),
    }


@pytest.mark.parametrize(
    "algorithm", ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "EdDSA"]
)
def test_each_algorithm_of_simplejwt_is_verified(old, alice, algorithm):
    """By the signing secret of HMAC, and by the verifying key of a pair."""
    issuer = old(**({"ALGORITHM": algorithm} if algorithm.startswith("HS") else pair_of(algorithm)))
    claims = simplejwt.verify(issuer.access(alice))
    assert simplejwt.load_user(claims) == alice
    assert simplejwt.is_refresh(simplejwt.verify(issuer.refresh(alice), token_type=simplejwt.REFRESH))


@pytest.mark.parametrize("secret", ["short", "django-insecure-" + "x" * 40, "a" * 50, "s"])
def test_a_weak_secret_verifies(old, alice, secret):
    """It is the one that the old tokens were signed with."""
    assert simplejwt.verify(old(SIGNING_KEY=secret).access(alice))


def test_a_weak_secret_does_nothing_else():
    """It signs nothing, no other function takes it, and it shows itself nowhere."""
    key = jose.read_old_secret("short", alg="HS256")
    with pytest.raises(KeyUnusableError):
        jose.jws.sign(b"{}", key)
    with pytest.raises(KeyUnusableError):
        Key.from_dict({"kty": "oct", "k": "c2hvcnQ", "alg": "HS256"})
    assert "short" not in repr(key)


@pytest.mark.threat("ALG-002")
def test_a_public_key_is_no_secret(old, alice):
    """Everybody knows it: the oldest attack."""
    public = Key.generate("RS256").public().to_pem()
    for secret in (public, public.decode(), b"", "  " + public.decode()):
        with pytest.raises(KeyUnusableError):
            jose.read_old_secret(secret, alg="HS256")
    with pytest.raises(KeyUnusableError):
        jose.read_old_secret(SECRET, alg="RS256")


def test_the_claims_are_unchanged(issuer, alice):
    """Names and values are those that the project has put in."""
    claims = simplejwt.verify(issuer.access(alice, role="admin", sid="mine", sub=None))
    assert claims["user_id"] == str(alice.pk)
    assert (claims["role"], claims["sid"], claims["token_type"]) == ("admin", "mine", "access")


def test_the_settings_of_the_project_say_how(old, alice):
    """Claims of other names, another field of the user, issuer, audience and leeway."""
    issuer = old(
        USER_ID_FIELD="username",
        USER_ID_CLAIM="login",
        TOKEN_TYPE_CLAIM="kind",
        JTI_CLAIM="id",
        ISSUER="https://old.example.com",
        AUDIENCE=["shop", "till"],
        LEEWAY=timedelta(minutes=10),
    )
    claims = simplejwt.verify(issuer.access(alice, exp=ago(minutes=9)))
    assert (claims["login"], claims["kind"]) == ("alice", "access")
    assert simplejwt.load_user(claims) == alice
    for wrong in ({"iss": "https://other.example.com"}, {"aud": "other"}):
        forged = OldIssuer({**issuer.settings, "ISSUER": None, "AUDIENCE": None})
        with pytest.raises(InvalidClaim):
            simplejwt.verify(
                forged.access(alice, **{"iss": "https://old.example.com", "aud": "shop", **wrong})
            )
        forged.close()


def test_an_audience_that_nobody_asks_for_is_not_asked_for(issuer, alice):
    """As in simplejwt: without `AUDIENCE` any will do."""
    assert simplejwt.verify(issuer.access(alice, aud="anybody"))


def test_a_user_may_be_named_by_a_number(issuer, alice):
    """So did versions before 5.5."""
    assert simplejwt.load_user(simplejwt.verify(issuer.access(alice, user_id=alice.pk))) == alice


@pytest.mark.parametrize("wrong", [True, None, [], {}, "", "x" * 256, 1.5, "0", "01", " 1", "١", -1, 10**40])
def test_a_user_is_named_in_one_spelling(issuer, alice, wrong):
    """Whatever a database or a field reads into it."""
    with pytest.raises(TokenError):
        simplejwt.load_user(simplejwt.verify(issuer.access(alice, user_id=wrong)))


def test_the_hash_of_the_password_is_honoured(old, alice):
    """With `CHECK_REVOKE_TOKEN` on, a new password refuses older tokens, however it was stored."""
    issuer = old(CHECK_REVOKE_TOKEN=True)
    claims = simplejwt.verify(issuer.access(alice))
    assert simplejwt.load_user(claims) == alice
    get_user_model().objects.update(password="md5$x$y")
    with pytest.raises(PasswordChanged):
        simplejwt.load_user(claims)
    with pytest.raises(PasswordChanged):
        simplejwt.load_user(simplejwt.verify(issuer.access(alice, hash_password=None)))


def test_a_user_who_is_gone_or_inactive_is_refused(issuer, alice):
    """As ever."""
    claims = simplejwt.verify(issuer.access(alice))
    get_user_model().objects.update(is_active=False)
    with pytest.raises(UserInactive):
        simplejwt.load_user(claims)
    get_user_model().objects.all().delete()
    with pytest.raises(UserNotFound):
        simplejwt.load_user(claims)


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ({"exp": ago(seconds=1)}, TokenExpired),
        ({"exp": None}, TokenError),
        ({"exp": "tomorrow"}, InvalidClaim),
        ({"exp": True}, InvalidClaim),
        ({"exp": 10**18}, InvalidClaim),
        ({"nbf": ago(hours=-1)}, NotYetValid),
        ({"iat": ago(hours=-1)}, NotYetValid),
        ({"iat": "now"}, InvalidClaim),
        ({"jti": "x" * 300}, InvalidClaim),
        ({"jti": 7}, InvalidClaim),
        ({"jti": None}, InvalidClaim),
        ({"cnf": {"jkt": "x"}}, InvalidClaim),
        ({"token_type": "refresh"}, WrongType),
        ({"token_type": ["access"]}, WrongType),
        ({"token_type": None}, WrongType),
    ],
)
def test_odd_claims_are_refused(issuer, alice, claims, refusal):
    """Each by its name."""
    with pytest.raises(refusal):
        simplejwt.verify(issuer.access(alice, **claims))


def test_a_sliding_token_is_refused(issuer, alice):
    """There is no such thing here."""
    with pytest.raises(WrongType):
        simplejwt.verify(issuer.sliding(alice))


@pytest.mark.threat("ALG-001")
def test_the_token_does_not_choose_its_key(issuer, alice, settings):
    """Another secret, another algorithm, none, a kid, another typ."""
    text = issuer.access(alice)
    claims = simplejwt.verify(text)
    other = OldIssuer({"SIGNING_KEY": "another secret of somebody else's"}).access(alice)
    with pytest.raises(BadSignature):
        simplejwt.verify(other)
    with pytest.raises(AlgorithmRefused):
        simplejwt.verify(OldIssuer({"SIGNING_KEY": SECRET, "ALGORITHM": "HS512"}).access(alice))
    with pytest.raises(TokenError):
        simplejwt.verify(written({"alg": "none", "typ": "JWT"}, claims))
    strong = Key.from_dict({"kty": "oct", "k": jose.encoding.b64u_encode(SECRET.encode()), "alg": "HS256"})
    for key, typ in ((strong, "at+jwt"), (named(strong), "JWT"), (named(strong), "at+jwt")):
        with pytest.raises(WrongType):
            simplejwt.verify(jose.jwt.encode({**claims, "exp": ago(hours=-1)}, key, typ=typ))


def named(key):
    """Return `key` with a kid, as all of ours have."""
    return Key.from_dict({**key.to_dict(private=True), "kid": "k1"})


def written(header, claims):
    """Return a token without a signature."""
    parts = [jose.encoding.b64u_encode(jose.encoding.dumps(part)) for part in (header, dict(claims))]
    return ".".join([*parts, ""])


def test_a_token_of_ours_is_none_of_theirs(issuer, alice):
    """A kid says so; and without it, nobody here has signed it."""
    ours = tokens.issue(alice, claims={"token_type": "access", "user_id": str(alice.pk)})
    assert not simplejwt.is_simplejwt(ours)
    with pytest.raises(WrongType):
        simplejwt.verify(ours)
    with pytest.raises(TokenError):
        tokens.verify(issuer.access(alice))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é", "x" * 9000, "e30.e30.e30", None, 7, b"\xff"])
def test_any_text_is_refused(issuer, text):
    """And none is an error of another kind."""
    assert not simplejwt.is_simplejwt(text)
    with pytest.raises(TokenError):
        simplejwt.verify(text)


def test_nothing_is_accepted_after_the_end(issuer, alice, until):
    """To the second."""
    text = issuer.access(alice, exp=seconds(until + timedelta(days=1)), iat=None)
    assert simplejwt.verify(text, now=until - timedelta(seconds=1))
    with pytest.raises(WrongType):
        simplejwt.verify(text, now=until)


def test_nothing_is_accepted_without_the_setting(issuer, alice, settings):
    """Which is the default."""
    text = issuer.access(alice)
    settings.JWTKIT = {}
    with pytest.raises(WrongType):
        simplejwt.verify(text)


@pytest.mark.parametrize(
    ("simple_jwt", "words"),
    [
        (["ALGORITHM"], "SIMPLE_JWT must be a dict"),
        ({"ALGORITHM": "none"}, "ALGORITHM"),
        ({"ALGORITHM": ["HS256"]}, "ALGORITHM"),
        ({"SIGNING_KEY": ""}, "SIGNING_KEY"),
        ({"SIGNING_KEY": object()}, "SIGNING_KEY"),
        ({"ALGORITHM": "RS256"}, "VERIFYING_KEY"),
        ({"ALGORITHM": "RS256", "VERIFYING_KEY": "no PEM"}, "VERIFYING_KEY"),
        ({"JWK_URL": "https://login.example.com/jwks"}, "TRUSTED_ISSUERS"),
        ({"LEEWAY": "long"}, "LEEWAY"),
        ({"AUDIENCE": 7}, "AUDIENCE"),
        ({"TOKEN_TYPE_CLAIM": None}, "TOKEN_TYPE_CLAIM"),
        ({"JTI_CLAIM": None}, "JTI_CLAIM"),
        ({"USER_ID_CLAIM": ""}, "USER_ID_CLAIM"),
    ],
)
def test_settings_that_verify_nothing_are_named(issuer, alice, settings, simple_jwt, words):
    """By `problems`, for `check`, and in the message of a 503: the token is not to blame."""
    text = issuer.access(alice)
    settings.SIMPLE_JWT = simple_jwt
    (problem,) = simplejwt.problems()
    assert words in problem
    assert SECRET not in problem
    with pytest.raises(ServiceUnavailable, match=words):
        simplejwt.verify(text)


def test_changed_settings_are_read_anew(old, alice, settings):
    """Also where the dict was changed in place."""
    first = old()
    text = first.access(alice)
    assert simplejwt.verify(text)
    settings.SIMPLE_JWT["SIGNING_KEY"] = "another secret of the project's"
    with pytest.raises(BadSignature):
        simplejwt.verify(text)


def test_without_settings_the_defaults_of_simplejwt_hold(old, alice, settings):
    """`SECRET_KEY` and HS256, though the package may be gone."""
    issuer = old(SIGNING_KEY=settings.SECRET_KEY)
    text = issuer.access(alice)
    del settings.SIMPLE_JWT
    assert simplejwt.load_user(simplejwt.verify(text)) == alice


def test_the_user_of_a_stateless_view_is_the_one_of_the_claims(issuer, alice, django_assert_num_queries):
    """Without a query, and nobody is staff."""
    claims = simplejwt.verify(issuer.access(alice, is_staff=True))
    with django_assert_num_queries(0):
        user = simplejwt.token_user(claims)
    assert (user.pk, user.is_staff) == (str(alice.pk), False)


def test_the_issue_of_an_older_token_is_reckoned(issuer, alice):
    """Versions that wrote no `iat` had a lifetime anyway."""
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    text = issuer.refresh(alice, iat=None, exp=seconds(expires))
    claims = simplejwt.verify(text, token_type=simplejwt.REFRESH)
    assert simplejwt.issued_at(claims) == expires - timedelta(days=1)


def test_every_refusal_is_one_of_ours(issuer):
    """So that a face can translate it."""
    with pytest.raises(JWTKitError):
        simplejwt.verify("a.b.c")
