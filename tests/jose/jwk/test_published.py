"""Another issuer's JWK Set: usable keys are used, and the others are skipped with a reason."""

import copy
import pickle
import secrets
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.errors import AlgorithmRefused, BadSignature, KeyUnusableError, TokenError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jwe, jws, jwt
from django_jwtkit.jose.jwa.key_types.factoring import has_small_factor
from django_jwtkit.jose.jwa.key_types.shape import integer_text
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.jose.signing import CLAIMS, NOW, key, public

GOOD = Key.generate("ES256", kid="good")
BOTH = frozenset({"RS256", "ES256"})


def bare(member, *names, **more):
    """Return a public JWK without some of its members, and with others."""
    return {name: value for name, value in member.public().to_dict().items() if name not in names} | more


def rsa_key(alg="RS256", kid="r"):
    """Return the RSA key of these tests under another name and algorithm."""
    jwk = {**key("RS256").to_dict(private=True), "alg": alg, "kid": kid}
    return Key.from_dict(jwk)


def zero_first(text):
    """Return an integer with the leading zero octet that some write."""
    return b64u_encode(b"\0" + b64u_decode(text))


def reason(jwks, kid, **options):
    """Return why the member of this kid is left out; the good key beside it works."""
    keys = KeySet.published(jwks, **{"algorithms": BOTH, **options})
    assert jws.verify(jws.sign(b"x", GOOD), keys, algorithms=BOTH).key == GOOD.public()
    (result,) = [why for name, why in keys.skipped if name == kid]
    return result


RSA = bare(rsa_key("RS256", "bad"))
EC = bare(Key.generate("ES256", kid="bad"))
SHORT = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
UNUSABLE = [
    pytest.param({"kty": "XYZ", "kid": "bad"}, "has no alg", id="unknown-type"),
    pytest.param({"kty": "XYZ", "kid": "bad", "alg": "RS256"}, "kty", id="unknown-type-known-alg"),
    pytest.param({**EC, "crv": "brainpoolP256r1"}, "crv", id="unknown-curve"),
    pytest.param(
        bare(Key.generate("ECDH-ES", crv="X25519", kid="bad"), "alg", "use"), "none of", id="x25519"
    ),
    pytest.param({**RSA, "alg": "RS512"}, "RS512", id="other-alg"),
    pytest.param({**RSA, "alg": "none"}, "none", id="alg-none"),
    pytest.param({**RSA, "alg": "HS256"}, "HS256", id="hs256-with-rsa"),
    pytest.param({**RSA, "alg": "ES256"}, "does not fit", id="alg-of-another-type"),
    pytest.param({**RSA, "alg": 5}, "alg", id="alg-number"),
    pytest.param({**RSA, "alg": "RSA-OAEP", "use": "enc"}, "use", id="encryption"),
    pytest.param({**RSA, "use": "enc"}, "use", id="use-enc"),
    pytest.param({**RSA, "use": ["sig"]}, "use", id="use-list"),
    pytest.param({**RSA, "key_ops": ["verify", "encrypt"]}, "key_ops", id="mixed-operations"),
    pytest.param({**RSA, "key_ops": ["sign"]}, "verify", id="operation-sign"),
    pytest.param({**RSA, "key_ops": 1}, "key_ops", id="operations-number"),
    pytest.param({**RSA, "n": zero_first(RSA["n"])}, "leading zero", id="leading-zero"),
    pytest.param({**RSA, "n": integer_text(SHORT.n)}, "2048 to 8192", id="rsa-1024"),
    pytest.param({**RSA, "e": "Aw"}, "e must be odd", id="e-3"),
    pytest.param({**RSA, "n": None}, "'n'", id="n-null"),
    pytest.param({name: value for name, value in RSA.items() if name != "n"}, "'n'", id="n-missing"),
    pytest.param({**RSA, "n": RSA["n"] + "="}, "base64url", id="padded"),
    pytest.param({**RSA, "n": 5}, "'n'", id="n-number"),
    pytest.param({**EC, "x": b64u_encode(b64u_decode(EC["x"])[:-1])}, "got 31", id="stripped-coordinate"),
    pytest.param({**EC, "x": EC["y"]}, "not on", id="off-the-curve"),
    pytest.param({**key("RS256").to_dict(private=True), "kid": "bad"}, "private", id="private"),
    pytest.param({**EC, "d": "AA"}, "private", id="private-part"),
    pytest.param({"kty": "oct", "kid": "bad", "alg": "HS256", "k": "A" * 43}, "symmetric", id="symmetric"),
    pytest.param(
        {"kty": "oct", "kid": "bad", "alg": "RS256", "k": "A" * 43}, "symmetric", id="symmetric-rs256"
    ),
    pytest.param({**EC, "k": "A" * 43}, "private", id="a-secret-beside"),
    pytest.param({"kid": "bad"}, "has no alg", id="nothing"),
]


@pytest.mark.threat("KEY-019", "RSA-004", "EC-011", "CONF-006", "KEY-012", "KEY-013")
@pytest.mark.parametrize(("member", "why"), UNUSABLE)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_member_that_cannot_be_used_is_left_out(member, why, first):
    """The others go on, and a token of the one that is left out is told which and why."""
    members = [GOOD.public().to_dict(), member]
    jwks = {"keys": members[::-1] if first else members}
    text = reason(jwks, "bad")
    assert why in text
    assert "'bad'" in text
    assert f"member {0 if first else 1}" in text
    keys = KeySet.published(jwks, algorithms=BOTH)
    with pytest.raises(UnknownKey) as refusal:
        keys.find({"alg": "RS256", "kid": "bad"})
    assert text in str(refusal.value)


@pytest.mark.threat("KEY-019")
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize(
    "change",
    [
        lambda jwk: jwk,
        lambda jwk: {**jwk, "kid": "another"},
        lambda jwk: {**jwk, "use": "enc", "alg": None, "key_ops": ["decrypt"]},
        lambda jwk: {**jwk, "kid": None, "alg": "none"},
        lambda jwk: {**jwk, "n": zero_first(jwk["n"])} if "n" in jwk else {**jwk, "x": jwk["x"] + "="},
    ],
    ids=["same", "kid", "use", "bare", "spelling"],
)
def test_a_key_whose_secret_is_published_is_left_out(alg, change, first):
    """By its own public member too: everybody can sign for it."""
    secret = rsa_key(kid="bad") if alg == "RS256" else Key.generate("ES256", kid="bad")
    members = [change(secret.to_dict(private=True)), secret.public().to_dict(), GOOD.public().to_dict()]
    keys = KeySet.published({"keys": members if first else members[::-1]}, algorithms=BOTH)
    assert [member.kid for member in keys] == ["good"]
    assert sum("private key" in why for _, why in keys.skipped) == 2


@pytest.mark.parametrize("member", ["x", None, 1, [], {}, {1: 2}, {"kid": 7}, {"kid": ["x"]}], ids=repr)
def test_what_is_no_member_is_left_out_by_its_place(member):
    """It has no kid that could name it."""
    assert "member 0" in reason({"keys": [member, GOOD.public().to_dict()]}, None)


@pytest.mark.parametrize("kid", ["a\nb", "k" * 256, "\u202e", 5, ["x"]], ids=ascii)
def test_a_member_whose_kid_no_header_could_carry_is_left_out(kid):
    """It is named by its place, and its kid is not repeated as it is."""
    text = reason({"keys": [{**RSA, "kid": kid}, GOOD.public().to_dict()]}, None)
    assert text.isprintable()
    assert "member 0" in text


@pytest.mark.parametrize("name", ["use", "alg", "key_ops", "kid", "x5c", "x5t", "crv", "d", "k"])
def test_a_member_that_is_null_is_absent(name):
    """As serialisers write it that know no absence."""
    jwk = {**bare(rsa_key(kid="r")), name: None}
    keys = KeySet.published({"keys": [jwk]}, algorithms={"RS256"})
    assert keys.skipped == ()
    kid = None if name == "kid" else "r"
    assert [(member.kid, member.alg, member.use) for member in keys] == [(kid, "RS256", "sig")]


def test_a_member_without_an_alg_gets_the_only_one_that_fits():
    """As Entra ID publishes them, certificates and all."""
    members = [
        bare(rsa_key(kid="r"), "alg", x5c=["MIIB"], x5t="r", issuer="https://login.example"),
        bare(GOOD, "alg", "use"),
        bare(Key.generate("ES384", kid="p384"), "alg"),
    ]
    keys = KeySet.published({"keys": members}, algorithms=BOTH)
    assert {member.kid: member.alg for member in keys} == {"r": "RS256", "good": "ES256"}
    assert [kid for kid, _ in keys.skipped] == ["p384"]


@pytest.mark.parametrize(
    ("member", "algorithms"),
    [(rsa_key(), {"RS256", "RS512"}), (key("Ed25519"), {"Ed25519", "EdDSA"})],
)
def test_where_several_fit_the_caller_has_to_choose(member, algorithms):
    """A key has one algorithm, and no header chooses it."""
    with pytest.raises(KeyUnusableError, match="allow only one of"):
        KeySet.published({"keys": [bare(member, "alg")]}, algorithms=algorithms)
    for alg in algorithms:
        (result,) = KeySet.published({"keys": [bare(member, "alg")]}, algorithms={alg})
        assert result.alg == alg


def test_one_kid_may_stand_for_several_algorithms():
    """As Keycloak publishes one RSA key: each token is verified by its own alg, if that is allowed."""
    algs = ("RS256", "RS384", "RS512")
    jwks = {"keys": [bare(rsa_key(alg, "k1")) for alg in algs]}
    keys = KeySet.published(jwks, algorithms={"RS256", "RS512"})
    assert len(keys) == 2
    for alg in ("RS256", "RS512"):
        assert jws.verify(jws.sign(b"x", rsa_key(alg, "k1")), keys, algorithms={alg}).key.alg == alg
    with pytest.raises(UnknownKey, match="RS384"):
        jws.verify(jws.sign(b"x", rsa_key("RS384", "k1")), keys, algorithms=set(algs))
    only = KeySet.published(jwks, algorithms={"RS256"})
    assert jws.verify(jws.sign(b"x", rsa_key("RS256", "k1")), only, algorithms={"RS256"})
    with pytest.raises(AlgorithmRefused):
        jws.verify(jws.sign(b"x", rsa_key("RS512", "k1")), only, algorithms=set(algs))


def test_one_kid_may_stand_for_two_types():
    """Each is found by its own alg."""
    other = Key.generate("ES256", kid="r")
    keys = KeySet.published({"keys": [bare(rsa_key()), bare(other)]}, algorithms=BOTH)
    for member in (rsa_key(), other):
        assert jws.verify(jws.sign(b"x", member), keys, algorithms=BOTH).key == member.public()


@pytest.mark.threat("KID-022")
def test_two_different_keys_of_one_name_are_both_left_out():
    """Which of them is meant nobody can tell, and none is tried."""
    member, other = Key.generate("ES256", kid="twice"), Key.generate("ES256", kid="twice")
    keys = KeySet.published({"keys": [bare(member), bare(GOOD), bare(other)]}, algorithms=BOTH)
    assert list(keys) == [GOOD.public()]
    assert [kid for kid, _ in keys.skipped] == ["twice", "twice"]
    for signer in (member, other):
        with pytest.raises(UnknownKey, match="several different keys"):
            jws.verify(jws.sign(b"x", signer), keys, algorithms=BOTH)


def test_identical_twins_are_one_key():
    """However often it is written, and whatever else stands beside it."""
    members = [bare(GOOD), bare(GOOD, "use"), bare(GOOD, "alg", x5t="x"), bare(GOOD, key_ops=["verify"])]
    assert len(KeySet.published({"keys": members}, algorithms={"ES256"})) == 1
    nameless = [bare(GOOD, "kid"), bare(GOOD, "kid", "alg")]
    keys = KeySet.published({"keys": nameless}, algorithms={"ES256"})
    assert keys.skipped == ()
    assert jws.verify(jws.sign(b"x", GOOD), keys, algorithms={"ES256"})


def nameless(member):
    """Return the key without its kid."""
    return Key.from_dict(
        {name: value for name, value in member.to_dict(private=True).items() if name != "kid"}
    )


@pytest.mark.threat("KID-021")
@pytest.mark.parametrize("kid", [None, ""])
def test_without_a_kid_the_only_key_that_may_verify_is_taken(kid):
    """The alg of the header and the use of the keys decide; where two may, none is tried."""
    encryption = bare(Key.generate("RSA-OAEP", size=2048, kid="e"))
    members = [encryption, bare(rsa_key()), bare(GOOD)]
    header = {} if kid is None else {"kid": ""}

    def result(alg, members):
        keys = KeySet.published({"keys": members}, algorithms=BOTH | {"RS512"})
        return keys.find({"alg": alg, **header})

    assert result("ES256", members) == GOOD.public()
    assert result("RS256", members) == rsa_key().public()
    for alg in ("RS512", "PS256", "RSA-OAEP", "none"):
        with pytest.raises(UnknownKey):
            result(alg, members)
    with pytest.raises(UnknownKey):
        result("ES256", [*members, bare(Key.generate("ES256", kid="another"))])
    text = jws.sign(b"x", nameless(GOOD))
    assert jws.verify(text, KeySet.published({"keys": members}), algorithms=BOTH).key == GOOD.public()


def test_encryption_and_signature_keys_do_not_compete_in_an_own_set():
    """Without a kid, the only key of the header's use is taken, of several none."""
    encryption = Key.generate("ECDH-ES", kid="e")
    keys = KeySet([GOOD.public(), encryption])
    assert keys.find({"alg": "ES256"}) == GOOD.public()
    assert keys.find({"alg": "ECDH-ES", "kid": ""}) == encryption
    with pytest.raises(UnknownKey):
        KeySet([GOOD.public(), encryption, public("RS256")]).find({"alg": "ES256"})


def test_keys_for_encryption_are_a_set_of_their_own():
    """Of the same JWK Set, by the other use."""
    encryption = Key.generate("RSA-OAEP-256", size=2048, kid="same")
    jwks = {"keys": [bare(encryption), {**bare(rsa_key(kid="same"))}]}
    (member,) = KeySet.published(jwks, algorithms={"RSA-OAEP-256"}, use="enc")
    assert jwe.decrypt(
        jwe.encrypt(b"x", member), encryption, algorithms={member.alg}, encryptions={"A256GCM"}
    )
    (other,) = KeySet.published(jwks, algorithms={"RS256"})
    assert (other.kid, other.use) == ("same", "sig")


def test_another_use_is_compared_as_it_is_written():
    """SPIFFE writes `jwt-svid`; a member that says another use is not one of these."""
    svid, plain = bare(GOOD, "alg", use="jwt-svid"), bare(rsa_key())
    keys = KeySet.published({"keys": [svid, plain]}, algorithms=BOTH, use="jwt-svid")
    assert [member.kid for member in keys] == ["good"]
    assert jws.verify(jws.sign(b"x", GOOD), keys, algorithms=BOTH)
    with pytest.raises(KeyUnusableError, match="jwt-svid"):
        KeySet.published({"keys": [svid]})


def test_keys_that_share_a_prime_are_both_left_out():
    """Anybody can factor both; the third goes on."""
    numbers = key("RS256").native_private.private_numbers()
    other = rsa.generate_private_key(65537, 2048).private_numbers()
    jwk = {"kty": "RSA", "alg": "RS256", "e": "AQAB", "kid": "bad", "n": integer_text(numbers.p * other.p)}
    keys = KeySet.published({"keys": [bare(rsa_key()), jwk, bare(GOOD)]}, algorithms=BOTH)
    assert list(keys) == [GOOD.public()]
    assert all("shares a prime" in why for _, why in keys.skipped)
    assert [kid for kid, _ in keys.skipped] == ["r", "bad"]


@pytest.mark.parametrize(
    "jwks",
    [{"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, {"keys": [RSA | {"use": "enc"}]}],
    ids=["empty", "oct", "enc"],
)
def test_a_set_in_which_nothing_can_be_used_is_refused(jwks):
    """With the reasons: an empty set would refuse each token without a word."""
    with pytest.raises(KeyUnusableError, match="no key of the JWK Set can be used") as refusal:
        KeySet.published(jwks)
    assert not jwks["keys"] or "member 0" in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ('{"keys": []}', "json.loads"),
        (b'{"keys": []}', "json.loads"),
        (bare(GOOD), "Key.from_dict"),
        ({"issuer": "x", "jwks_uri": "https://x.example"}, "jwks_uri"),
        ({"abc": "-----BEGIN CERTIFICATE-----\n"}, "certificates"),
        (GOOD.to_pem().decode(), "PEM"),
        ({"keys": {}}, "JWK Set"),
        ([bare(GOOD)], "got list"),
        (None, "got NoneType"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_jwk_set_is_told_what_it_is(wrong, hint):
    """For both ways to read one."""
    for read in (KeySet.published, KeySet.from_dict):
        with pytest.raises(KeyUnusableError, match=hint):
            read(wrong)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"algorithms": "RS256"}, TypeError),
        ({"algorithms": [["RS256"]]}, TypeError),
        ({"algorithms": 1}, TypeError),
        ({"algorithms": None}, TypeError),
        ({"algorithms": set()}, ValueError),
        ({"algorithms": {"none"}}, ValueError),
        ({"algorithms": {"HS256"}}, ValueError),
        ({"algorithms": {"RS256", "RSA-OAEP"}}, ValueError),
        ({"algorithms": {"RS256"}, "use": "enc"}, ValueError),
        ({"use": 1}, TypeError),
        ({"use": None}, TypeError),
    ],
)
def test_a_wrong_call_is_told(wrong, kind):
    """A symmetric algorithm has no place in a set that is published."""
    with pytest.raises(kind):
        KeySet.published({"keys": [bare(GOOD)]}, **wrong)


def odd(bits):
    """Return a modulus that only a closer look finds wrong, if at all."""
    while True:
        n = secrets.randbits(bits) | 1 << (bits - 1) | 1
        if not has_small_factor(n):
            return n


@pytest.mark.threat("DOS-013", "RSA-008")
@pytest.mark.parametrize("bits", [2048, 3072, 8192, 65536])
def test_a_hostile_set_costs_little(bits):
    """A hundred moduli: the good key behind them is found within seconds, on a busy machine too."""
    members = [
        {
            "kty": "RSA",
            "kid": str(i),
            "alg": "RS256",
            "n": integer_text(odd(bits) if bits < 9000 else 1 << bits | i),
            "e": "AQAB",
        }
        for i in range(99)
    ]
    KeySet.published({"keys": [RSA]})  # the primes are sieved once a process
    begun = time.process_time()
    keys = KeySet.published({"keys": [*members, bare(GOOD)]}, algorithms=BOTH)
    assert time.process_time() - begun < 10
    assert jws.verify(jws.sign(b"x", GOOD), keys, algorithms=BOTH)
    if bits == 3072:
        assert any("reasonable time" in why for _, why in keys.skipped)


def test_a_hundred_members_are_looked_at():
    """The members after the limit are reported once."""
    keys = KeySet.published({"keys": [bare(GOOD), *[{"kty": "x"}] * 1_000_000]}, algorithms=BOTH)
    assert len(keys.skipped) == 100
    assert keys.skipped[-1] == (None, "only the first 100 of 1000001 members are used")
    with pytest.raises(KeyUnusableError):
        KeySet.published({"keys": [*[{"kty": "x"}] * 100, bare(GOOD)]})


def test_a_long_reason_is_cut():
    """What strangers write has no say over how long a log line is."""
    keys = KeySet.published({"keys": [bare(GOOD), {**RSA, "alg": "x" * 10**6, "kid": "é" * 255}]})
    assert len(keys.skipped[0].reason) <= 301


@pytest.mark.parametrize("travel", [lambda keys: pickle.loads(pickle.dumps(keys)), copy.copy, copy.deepcopy])
def test_a_published_set_travels(travel):
    """To a cache or another process, with its reasons."""
    keys = KeySet.published({"keys": [bare(GOOD), bare(rsa_key("RS512", "r"))]}, algorithms=BOTH)
    jws.verify(jws.sign(b"x", GOOD), keys, algorithms=BOTH)
    copy = travel(keys)
    assert (list(copy), copy.skipped) == (list(keys), keys.skipped)
    assert jws.verify(jws.sign(b"x", GOOD), copy, algorithms=BOTH)
    assert repr(copy) == "<KeySet of 1, 1 skipped>"


def test_a_whole_token_of_another_issuer():
    """With the kid of a Cognito pool, and a thumbprint in the header."""
    kid = "J4j+I06r0I0vpYnBNucugV8xAPV5/Xv4uYrrpwwSNK0="
    signer = rsa_key(kid=kid)
    keys = KeySet.published({"keys": [bare(rsa_key(kid="other/1")), bare(signer)]}, algorithms={"RS256"})
    text = jwt.encode(CLAIMS | {"iss": "https://idp.example"}, signer, typ=None, header={"x5t": "abc"})
    claims = jwt.decode(
        text, keys, algorithms={"RS256"}, issuer=["https://idp.example"], typ=["JWT", None], now=NOW
    )
    assert claims["sub"] == "42"
    forger = Key.generate("RS256", size=2048, kid=kid)
    with pytest.raises(BadSignature):
        jwt.decode(jwt.encode(CLAIMS, forger), keys, algorithms={"RS256"}, now=NOW)


def test_an_own_set_names_the_member_that_is_bad():
    """By kid and place, and says what to use for somebody else's set."""
    bad = {**RSA, "n": zero_first(RSA["n"])}
    with pytest.raises(KeyUnusableError, match=r"member 1 \(kid 'bad'\).*leading zero.*KeySet.published"):
        KeySet.from_dict({"keys": [bare(GOOD), bad]})
    with pytest.raises(KeyUnusableError, match=r"member 0 \(no kid\).*pass alg="):
        KeySet.from_dict({"keys": [bare(rsa_key(), "alg", "kid", "use")]})
    with pytest.raises(KeyUnusableError, match="the kid 'good'"):
        KeySet.from_dict({"keys": [bare(GOOD), bare(GOOD)]})


def test_alg_serves_the_members_that_it_fits():
    """Of several types; a member's own goes first."""
    members = [bare(rsa_key(), "alg"), bare(GOOD, "alg"), bare(rsa_key("RS512", "r512"))]
    keys = KeySet.from_dict({"keys": members}, alg="RS256")
    assert {member.kid: member.alg for member in keys} == {"r": "RS256", "good": "ES256", "r512": "RS512"}
    exchange = bare(Key.generate("ECDH-ES", crv="X25519", kid="x"), "alg")
    with pytest.raises(KeyUnusableError, match=r"kid 'x'.*pass alg=.*KeySet.published"):
        KeySet.from_dict({"keys": [*members, exchange]}, alg="RS256")


def test_members_that_an_own_set_passes_over_are_told_too():
    """In `skipped`, as in a published one."""
    keys = KeySet.from_dict({"keys": [bare(GOOD), {"kty": "XYZ", "kid": "new"}]})
    assert [kid for kid, _ in keys.skipped] == ["new"]
    with pytest.raises(UnknownKey, match="not supported"):
        keys.find({"alg": "ES256", "kid": "new"})
    assert KeySet([GOOD]).skipped == ()


THREE = KeySet.published(
    {"keys": [bare(GOOD), bare(rsa_key()), bare(rsa_key("RS512"))]}, algorithms=BOTH | {"RS512"}
)
names = st.sampled_from(
    ["kty", "crv", "alg", "use", "key_ops", "kid", "n", "e", "d", "x", "y", "k", "pub", "x5c"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
words = st.sampled_from(
    ["RSA", "EC", "OKP", "oct", "AKP", "P-256", "RS256", "ES256", "HS256", "sig", "enc", "AQAB"]
)
real = st.sampled_from([bare(key(alg)) for alg in ("RS256", "ES256", "Ed25519", "ML-DSA-44")])
members = (
    st.dictionaries(names, values | words)
    | values
    | st.builds(lambda jwk, more: jwk | more, real, st.dictionaries(names, values | words, max_size=2))
)


@given(st.fixed_dictionaries({"keys": st.lists(members, max_size=5)}) | values, st.sampled_from(["sig", "x"]))
def test_any_value_as_a_published_set(jwks, use):
    """Keys for the algorithms, each member once in one place or the other, or a refusal of ours."""
    try:
        keys = KeySet.published(jwks, algorithms={"RS256", "ES256", "EdDSA"}, use=use)
    except KeyUnusableError:
        return
    assert {member.alg for member in keys} <= {"RS256", "ES256", "EdDSA"}
    assert not any(member.private for member in keys)
    assert len(keys) + len(keys.skipped) <= len(jwks["keys"])
    for kid, why in keys.skipped:
        assert kid is None or kid.isprintable()
        assert why.isprintable()


@given(st.dictionaries(st.sampled_from(["alg", "kid"]), values | words | st.sampled_from(["good", "", "r"])))
def test_any_header_in_a_published_set(header):
    """A key, or a refusal of ours."""
    try:
        result = THREE.find(header)
    except TokenError:
        return
    assert any(result is member for member in THREE)
