"""JWT: encode, decode, the kind of token, and both layers of a nested one."""

import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import pytest

from django_jwtkit.errors import (
    AlgorithmRefused,
    BadSignature,
    ClaimError,
    DecryptionError,
    KeyUnusableError,
    MalformedToken,
    TokenError,
    UnknownKey,
    WrongType,
)
from django_jwtkit.jose import Key, KeySet, jwe, jws, jwt, unverified_header
from django_jwtkit.jose.claims.expectation import expect
from tests.jose.signing import ALGS, CLAIMS, NOW, decoded, forged, key, members, public

RECIPIENT = Key.generate("ECDH-ES+A256KW")


@pytest.mark.parametrize("alg", ALGS)
def test_what_was_encoded_is_decoded(alg):
    """A fresh dict each time; the header says who signed."""
    text = jwt.encode(CLAIMS, key(alg))
    assert decoded(text, alg) == decoded(text.encode(), alg) == CLAIMS
    assert decoded(text, alg) is not decoded(text, alg)
    assert unverified_header(text) == {"alg": alg, "kid": key(alg).kid, "typ": "JWT"}


def test_read_tells_header_and_key_as_well():
    """It is what `decode` is made of."""
    text = jwt.encode(CLAIMS, key("ES256"), typ="x")
    header, claims, signer = jwt.read(text, public("ES256"), expect({"ES256"}), NOW)
    assert (header["typ"], claims, signer) == ("x", CLAIMS, public("ES256"))


def test_dates_may_be_moments():
    """In any zone; whole seconds are written."""
    zone = timezone(timedelta(hours=5))
    start = datetime.fromtimestamp(NOW, UTC).astimezone(zone)
    text = jwt.encode({"exp": start + timedelta(seconds=9.9), "nbf": start, "iat": start}, key("HS256"))
    assert decoded(text) == {"exp": NOW + 9, "nbf": NOW, "iat": NOW}


def test_a_claims_set_of_any_mapping_and_language():
    """What JSON can say comes back."""
    claims = {**CLAIMS, "name": "Łucja 😀", "roles": ["a", {"b": None}], "n": -1.5e10, "": {}}
    assert decoded(jwt.encode(claims, key("HS256"))) == claims


@pytest.mark.parametrize(
    "changes",
    [
        *({"sub": value} for value in (1, "", ["x"], "x" * 2049)),
        *({"exp": value} for value in ("soon", True, -1, 10**12, float("nan"), float("inf"))),
        *({"aud": value} for value in ([], "", [1], {})),
        *({"iss": value} for value in (1, "", ["x"])),
        *({"jti": 1}, {"x": float("inf")}, {"x": "\ud800"}, {"x": 10**309}),
        {"exp": datetime(2030, 1, 1)},  # noqa: DTZ001
        {"iat": NOW + 400},
        {"x": [[[[[[[[1]]]]]]]]},
        {f"m{number}": 1 for number in range(257)},
    ],
    ids=lambda changes: ascii(changes)[:40],
)
def test_claims_that_decode_would_refuse_are_not_written(changes):
    """A wrong call, before anything is signed."""
    with pytest.raises(ValueError) as refusal:
        jwt.encode(CLAIMS | changes, key("HS256"))
    assert not isinstance(refusal.value, TokenError)


def test_claims_that_go_round_in_circles_are_not_written():
    """Nor those that are endlessly deep."""
    circle: dict[str, object] = {}
    circle["x"] = circle
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    for claims in (circle, {"x": deep}):
        with pytest.raises(ValueError):
            jwt.encode(claims, key("HS256"))


@pytest.mark.parametrize(
    "claims", [None, "x", b"{}", [], [("exp", 1)], {1: 2}, {b"x": 1}, {"x": b"y"}, {"x": {1, 2}}], ids=repr
)
def test_claims_are_a_mapping_that_json_can_say(claims):
    """With names of text."""
    with pytest.raises(TypeError):
        jwt.encode(claims, key("HS256"))


@pytest.mark.parametrize("by", [None, "secret", {"kty": "oct"}], ids=repr)
def test_a_token_is_encoded_by_a_key(by):
    """Anything else is a wrong call."""
    with pytest.raises(TypeError):
        jwt.encode(CLAIMS, by)


@pytest.mark.parametrize("by", [public("ES256"), RECIPIENT], ids=lambda key: key.alg)
def test_a_key_that_does_not_fit_is_unusable(by):
    """A public one, or one for encryption."""
    with pytest.raises(KeyUnusableError):
        jwt.encode(CLAIMS, by)
    with pytest.raises(KeyUnusableError):
        jwt.encode(CLAIMS, key("ES256"), encrypt_to=key("RS256"))


ACCESS = ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"]


@pytest.mark.parametrize("typ", ACCESS)
@pytest.mark.parametrize("wanted", ACCESS)
def test_a_type_is_a_media_type(typ, wanted):
    """In any case, with or without "application/" (RFC 7515 §4.1.9)."""
    assert decoded(jwt.encode(CLAIMS, key("HS256"), typ=typ), typ=wanted)


OTHER_TYPES = [
    pytest.param("JWT", marks=pytest.mark.threat("TYP-001")),
    pytest.param("rt+jwt", marks=pytest.mark.threat("TYP-002", "TYP-031")),
    pytest.param("id+jwt", marks=pytest.mark.threat("TYP-003", "TYP-032")),
    pytest.param("logout+jwt", marks=pytest.mark.threat("TYP-004", "TYP-034")),
    pytest.param("dpop+jwt", marks=pytest.mark.threat("TYP-005", "TYP-037")),
    pytest.param("at+jwt ", marks=pytest.mark.threat("TYP-006")),
    pytest.param("", marks=pytest.mark.threat("TYP-007")),
    pytest.param("application/id_token+jwt", marks=pytest.mark.threat("TYP-011")),
    pytest.param("application/application/at+jwt", marks=pytest.mark.threat("TYP-011")),
    pytest.param("text/at+jwt", marks=pytest.mark.threat("TYP-011")),
    pytest.param("reset+jwt", marks=pytest.mark.threat("TYP-033")),
    pytest.param("service+jwt", marks=pytest.mark.threat("TYP-035")),
    pytest.param("client-authentication+jwt", marks=pytest.mark.threat("TYP-036")),
    pytest.param("at+jwt\0", marks=pytest.mark.threat("TYP-006")),
]


@pytest.mark.parametrize("typ", OTHER_TYPES, ids=ascii)
def test_another_kind_of_token_is_refused(typ):
    """By the same key, in good order: each kind has its own type (RFC 8725 §3.11)."""
    with pytest.raises(WrongType) as refusal:
        decoded(forged(header={"typ": typ}), typ="at+jwt")
    assert refusal.value.detail == "Token has wrong type"


@pytest.mark.threat("TYP-020")
def test_a_token_without_a_type_is_of_another_kind():
    """Absent is not any."""
    with pytest.raises(WrongType):
        decoded(jwt.encode(CLAIMS, key("HS256"), typ=None), typ="at+jwt")
    assert decoded(jwt.encode(CLAIMS, key("HS256"), typ=None))


@pytest.mark.threat("TYP-008", "TYP-009", "TYP-010")
@pytest.mark.parametrize("wanted", [["JWT", "at+jwt"], ("application/AT+jwt", None), {"at+jwt"}], ids=str)
def test_one_of_several_types_will_do(wanted):
    """Each is compared as one alone is."""
    for typ in ("at+jwt", "AT+JWT", "application/at+jwt"):
        assert decoded(jwt.encode(CLAIMS, key("HS256"), typ=typ), typ=wanted)
    for typ in ("rt+jwt", "", "None"):
        with pytest.raises(WrongType):
            decoded(forged(header={"typ": typ}), typ=wanted)


def test_none_among_the_types_means_that_it_may_be_absent():
    """And None alone, that it is not looked at."""
    absent, other = jwt.encode(CLAIMS, key("HS256"), typ=None), jwt.encode(CLAIMS, key("HS256"), typ="x")
    assert decoded(absent, typ=["JWT", None])
    assert decoded(absent, typ=[None])
    assert decoded(absent, typ=None) == decoded(other, typ=None)
    for text, typ in ((absent, ["JWT"]), (other, [None]), (other, ["JWT", None])):
        with pytest.raises(WrongType):
            decoded(text, typ=typ)
    for name in (None, "", 1):  # a null is not absent
        with pytest.raises(TokenError):
            decoded(forged(header={"typ": name}), typ=["JWT", None])


@pytest.mark.parametrize("typ", [1, None, ["at+jwt"], {}, True], ids=str)
def test_a_type_that_is_no_text_is_malformed(typ):
    """Before anything is compared."""
    with pytest.raises(MalformedToken):
        decoded(forged(header={"typ": typ}), typ="at+jwt")


@pytest.mark.threat("TYP-030", "TYP-031", "TYP-038")
def test_no_kind_of_token_is_taken_for_another():
    """Of six kinds, 30 pairs; nor is one that was given another header."""
    kinds = ["at+jwt", "rt+jwt", "reset+jwt", "id+jwt", "logout+jwt", "JWT"]
    for kind in kinds:
        text = jwt.encode(CLAIMS, key("ES256"), typ=kind)
        taken = []
        for other in kinds:
            try:
                taken.append(decoded(text, "ES256", typ=other) and other)
            except WrongType:
                retyped = ".".join(
                    [jwt.encode(CLAIMS, key("ES256"), typ=other).split(".")[0], *text.split(".")[1:]]
                )
                with pytest.raises(BadSignature):
                    decoded(retyped, "ES256", typ=other)
        assert taken == [kind]


@pytest.mark.threat("SIG-007")
def test_decode_looks_in_a_fixed_order():
    """Form, type, alg, key, signature, and claims last."""
    bad = {"sub": 1}
    other = Key.generate("ES256", kid="key-ES256")
    steps = [
        (forged(bad, header={"typ": "x", "alg": "none", "kid": "no"}) + "=", MalformedToken),
        (forged(bad, header={"typ": "x", "alg": "none", "kid": "no"}), WrongType),
        (forged(bad, header={"typ": "at+jwt", "alg": "none", "kid": "no"}), AlgorithmRefused),
        (forged(bad, alg="ES256", header={"typ": "at+jwt", "kid": "no"}), UnknownKey),
        (jws.sign(b"[", other, header={"typ": "at+jwt"}), BadSignature),
        (jws.sign(b"[", key("ES256"), header={"typ": "at+jwt"}), MalformedToken),
        (jws.sign(b'{"sub":1}', key("ES256"), header={"typ": "at+jwt"}), ClaimError),
    ]
    for text, refusal in steps:
        with pytest.raises(refusal):
            decoded(text, "ES256", typ="at+jwt")


@pytest.mark.parametrize("alg", ["ES256", "HS256", "ML-DSA-44"])
@pytest.mark.parametrize("to", ["A256KW", "dir", "ECDH-ES", "RSA-OAEP-256", "A128GCMKW"])
def test_a_nested_token_is_signed_then_encrypted(alg, to):
    """The outer header says that there is a JWT inside, and its recipient; nothing else can be read."""
    recipient = Key.generate(to, size=2048 if to.startswith("RSA") else None)
    encrypt_to = recipient if recipient.kty == "oct" else recipient.public()
    text = jwt.encode(CLAIMS, key(alg), typ="at+jwt", encrypt_to=encrypt_to)
    outer = unverified_header(text)
    assert (outer["alg"], outer["enc"], outer["cty"], outer["kid"]) == (to, "A256GCM", "JWT", recipient.kid)
    assert "typ" not in outer
    header, claims, signer = jwt.read(jwt.decrypt_nested(text, recipient), public(alg), expect({alg}), NOW)
    assert (claims, header["typ"], signer) == (CLAIMS, "at+jwt", public(alg))
    assert decoded(text, alg, typ="at+jwt", decrypt_with=recipient) == CLAIMS


def test_keys_and_algorithms_of_both_layers_are_the_callers():
    """A set decrypts by kid; algorithms that are not allowed are refused."""
    others = KeySet([RECIPIENT, Key.generate("A256KW")])
    text = jwt.encode(CLAIMS, key("ES256"), encrypt_to=RECIPIENT.public(), enc="A128CBC-HS256")
    assert decoded(text, "ES256", decrypt_with=others)
    allowed = {"encryption_algorithms": {RECIPIENT.alg}, "encryptions": {"A128CBC-HS256"}}
    assert decoded(text, "ES256", decrypt_with=others, **allowed)
    for wrong in ({"encryption_algorithms": {"A256KW"}}, {"encryptions": {"A256GCM"}}):
        with pytest.raises(AlgorithmRefused):
            decoded(text, "ES256", decrypt_with=RECIPIENT, **wrong)
    nothing = ({"encryption_algorithms": set()}, {"encryptions": []})  # which is not the same as anything
    for wrong in ({"encryption_algorithms": {"RSA1_5"}}, {"encryptions": {"XX"}}, *nothing):
        with pytest.raises(ValueError):
            decoded(text, "ES256", decrypt_with=RECIPIENT, **wrong)
    with pytest.raises(TypeError):
        decoded(text, "ES256", decrypt_with="secret")


@pytest.mark.threat("JWE-001", "NEST-001")
def test_a_bare_token_is_refused_where_an_encrypted_one_is_demanded():
    """And the other way round: the caller knows which it is."""
    bare = jwt.encode(CLAIMS, key("ES256"))
    nested = jwt.encode(CLAIMS, key("ES256"), encrypt_to=RECIPIENT)
    with pytest.raises(MalformedToken):
        decoded(bare, "ES256", decrypt_with=RECIPIENT)
    with pytest.raises(MalformedToken):
        decoded(nested, "ES256")


def encrypted(plaintext: str | bytes, cty: str | None = "JWT") -> str:
    """Return anything encrypted to our recipient, as everybody can who has its public key."""
    octets = plaintext.encode() if isinstance(plaintext, str) else plaintext
    return jwe.encrypt(octets, RECIPIENT.public(), header=None if cty is None else {"cty": cty})


@pytest.mark.threat("JWE-001", "NEST-001", "DOS-011")
@pytest.mark.parametrize(
    "plaintext",
    [
        '{"exp":1800000300,"sub":"42"}',
        "",
        b"\xff",
        forged(header={"alg": "none"}).rpartition(".")[0] + ".",
        encrypted(forged(alg="ES256")),
        forged(alg="ES256") + ".x",
        " " + forged(alg="ES256"),
    ],
    ids=["claims", "nothing", "noise", "unsigned", "another JWE", "four parts", "white space"],
)
def test_inside_there_must_be_a_signed_token(plaintext):
    """Decryption proves nothing: anyone with the public key can encrypt (RFC 8725 §2.3). One level only."""
    with pytest.raises((MalformedToken, AlgorithmRefused)):
        decoded(encrypted(plaintext), "ES256", decrypt_with=RECIPIENT)


@pytest.mark.threat("NEST-001")
@pytest.mark.parametrize(
    ("cty", "good"),
    [("JWT", True), ("jwt", True), ("application/jwt", True), (None, False), ("", False), ("text", False)],
)
def test_the_outside_says_that_a_jwt_is_within(cty, good):
    """RFC 7519 §5.2 makes it a must."""
    text = encrypted(forged(alg="ES256"), cty)
    if good:
        assert decoded(text, "ES256", decrypt_with=RECIPIENT)
    else:
        with pytest.raises(MalformedToken, match="cty"):
            decoded(text, "ES256", decrypt_with=RECIPIENT)


@pytest.mark.threat("JWE-001")
def test_the_inner_token_is_verified_like_any_other():
    """Its type, its key, its signature, its claims."""
    forger = Key.generate("ES256", kid="key-ES256")
    for text, refusal in (
        (jwt.encode(CLAIMS, forger, typ="at+jwt"), BadSignature),
        (jwt.encode(CLAIMS, key("ES256"), typ="rt+jwt"), WrongType),
        (jwt.encode(members(aud="x"), key("ES256"), typ="at+jwt"), ClaimError),
    ):
        with pytest.raises(refusal):
            decoded(encrypted(text), "ES256", typ="at+jwt", decrypt_with=RECIPIENT)
    with pytest.raises(DecryptionError):
        decoded(encrypted(forged(alg="ES256"))[:-4] + "AAAA", "ES256", decrypt_with=RECIPIENT)


@pytest.mark.threat("DOS-004", "DOS-006")
def test_the_length_of_a_nested_token_is_looked_at_first():
    """Before it is decrypted."""
    text = jwt.encode({**CLAIMS, "x": "x" * 6000}, key("ES256"), encrypt_to=RECIPIENT)
    with pytest.raises(MalformedToken, match="longer"):
        decoded(text, "ES256", decrypt_with=RECIPIENT)
    assert decoded(text, "ES256", decrypt_with=RECIPIENT, max_length=20_000)


@pytest.mark.threat("NEST-001")
def test_a_signed_token_within_a_signed_token_is_not_unwrapped():
    """A payload is a Claims Set, whatever cty says."""
    inner = forged(alg="ES256")
    with pytest.raises(MalformedToken, match="JSON"):
        decoded(forged(inner.encode(), alg="ES256", header={"cty": "JWT"}), "ES256")


@pytest.mark.threat("ISS-021")
def test_the_keys_of_one_issuer_do_not_speak_for_another():
    """Keys and issuer come from the caller together; nothing in the token leads from one to the other."""
    mine, theirs = KeySet([public("ES256")]), Key.generate("ES256", kid="theirs")
    text = jwt.encode(members(iss="https://mine.example"), theirs)
    with pytest.raises(UnknownKey):
        jwt.decode(text, mine, algorithms={"ES256"}, issuer="https://mine.example", now=NOW)
    with pytest.raises(ClaimError):
        jwt.decode(text, theirs, algorithms={"ES256"}, issuer="https://theirs.example", now=NOW)


def refused(texts: list[str], keys: KeySet) -> int:
    """Return how many of the tokens name an unknown key."""
    count = 0
    for text in texts:
        try:
            jwt.decode(text, keys, algorithms={"ES256"})
        except UnknownKey:
            count += 1
    return count


@pytest.mark.threat("KID-023")
def test_a_flood_of_unknown_kids_leaves_nothing_behind():
    """10,000 refusals of 10,000 kids, and the memory of the first hundred."""
    keys = KeySet([public("ES256"), public("Ed25519")])
    texts = [forged(header={"alg": "ES256", "kid": f"kid-{number}"}) for number in range(10_000)]
    tracemalloc.start()
    try:
        assert refused(texts[:100], keys) == 100
        before = tracemalloc.get_traced_memory()[0]
        assert refused(texts[100:], keys) == 9_900
        assert tracemalloc.get_traced_memory()[0] - before < 16 * 1024
    finally:
        tracemalloc.stop()
