"""JWK Sets: one key a kid, found byte by byte, never tried."""

import itertools
import random

import pytest

from django_jwtkit.errors import BadSignature, KeyUnusableError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jws
from django_jwtkit.jose.jwa import FITS
from tests.jose.signing import key, public

SECRET_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "priv"}


def test_a_set_goes_out_and_comes_back():
    """In its order."""
    keys = KeySet([public("ES256"), public("RS256"), public("Ed25519")])
    assert list(KeySet.from_dict(keys.to_dict())) == list(keys)
    assert len(keys) == 3
    assert repr(keys) == "<KeySet of 3>"


def test_a_set_goes_out_whole_on_demand():
    """Private members, symmetric keys, and public keys as they are."""
    keys = KeySet([key("ES256"), key("RS256").public()])
    assert list(KeySet.from_dict(keys.to_dict(private=True))) == list(keys)
    assert KeySet([key("HS256")]).to_dict(private=True)["keys"][0]["k"]


@pytest.mark.threat("KEY-012", "KEY-013")
def test_what_is_published_is_public():
    """Whatever keys are in the set."""
    every = [
        Key.generate(alg, size=2048 if fit.kty == "RSA" else None) for alg, fit in FITS.items() for _ in "ab"
    ]
    chance = random.Random(7)
    for _ in range(500):
        output = KeySet(chance.sample(every, 6)).to_dict()["keys"]
        assert all(jwk["kty"] != "oct" and not SECRET_MEMBERS & jwk.keys() for jwk in output)


@pytest.mark.threat("KID-022", "KEY-017")
@pytest.mark.parametrize(("item", "other"), list(itertools.combinations(["HS256", "ES256", "RS256"], 2)))
def test_two_keys_of_one_kid_are_no_set(item, other):
    """Of whatever type: the whole set is refused."""
    keys = [Key.from_dict(key(alg).to_dict(private=True), kid="same") for alg in (item, other)]
    with pytest.raises(KeyUnusableError, match="of the set have the kid"):
        KeySet(keys)


@pytest.mark.threat("KID-022")
def test_a_jwk_set_with_a_repeated_kid_is_refused_whole():
    """Also if it is the same key twice."""
    jwk = public("ES256").to_dict()
    with pytest.raises(KeyUnusableError, match="of the set have the kid"):
        KeySet.from_dict({"keys": [jwk, jwk]})


@pytest.mark.threat("KEY-019")
@pytest.mark.parametrize(
    "stranger",
    [
        {"kty": "XYZ"},
        {"kty": "EC", "crv": "brainpoolP256r1"},
        {"kty": "RSA", "alg": "RSA1_5", "n": "", "e": ""},
        {"kty": "OKP", "crv": "Ed999", "x": ""},
        {"kty": "oct", "alg": "PBES2-HS256+A128KW", "k": ""},
    ],
    ids=str,
)
def test_members_that_we_do_not_understand_are_passed_over(stranger):
    """RFC 7517 §5: tomorrow's key types must not break today's readers. Alone, each is an error."""
    assert list(KeySet.from_dict({"keys": [stranger, public("ES256").to_dict()]})) == [public("ES256")]
    with pytest.raises(KeyUnusableError):
        Key.from_dict(stranger)


@pytest.mark.threat("KEY-019")
def test_one_bad_member_spoils_the_set():
    """What we understand must be sound: half a set would be a surprise later."""
    bad = public("ES256").to_dict() | {"kid": "bad", "y": public("ES256").to_dict()["x"]}
    for member in (bad, {}, {"kty": 1}, {"kty": "RSA", "crv": 1}, {"kty": "EC", "alg": None}):
        with pytest.raises(KeyUnusableError):
            KeySet.from_dict({"keys": [public("RS256").to_dict(), member]})


@pytest.mark.threat("CONF-006")
def test_secrets_do_not_lie_next_to_public_keys():
    """A set that came from outside with both is a leak or an attack; each alone is fine."""
    pair, secret = public("ES256").to_dict(), key("HS256").to_dict(private=True)
    with pytest.raises(KeyUnusableError, match="both symmetric keys and key pairs"):
        KeySet.from_dict({"keys": [pair, secret]})
    assert KeySet.from_dict({"keys": [pair]})
    assert KeySet.from_dict({"keys": [secret]})


@pytest.mark.parametrize(
    "jwks", [None, [], "x", {}, {"keys": None}, {"keys": {}}, {"keys": ["x"]}, {"keys": [None]}], ids=str
)
def test_what_is_no_jwk_set_is_refused(jwks):
    """An object with a list of objects."""
    with pytest.raises(KeyUnusableError, match="JWK Set"):
        KeySet.from_dict(jwks)


@pytest.mark.parametrize("keys", [[None], ["x"], [{}], [public("ES256").to_dict()]])
def test_a_set_is_made_of_keys(keys):
    """Not of what could become one."""
    with pytest.raises(TypeError):
        KeySet(keys)


def test_a_set_has_a_hundred_keys_at_most():
    """More is a mistake, or somebody's attempt to keep us busy."""
    keys = [Key.generate("HS256") for _ in range(101)]
    assert len(KeySet(keys[:100])) == 100
    with pytest.raises(KeyUnusableError, match="100"):
        KeySet(keys)
    with pytest.raises(KeyUnusableError, match="100"):
        KeySet.from_dict({"keys": [{"kty": "unknown"}] * 101})


def test_alg_is_for_members_that_name_none():
    """As of providers that publish RSA keys without it; a member's own goes first."""
    bare = {name: value for name, value in public("RS256").to_dict().items() if name != "alg"}
    assert next(iter(KeySet.from_dict({"keys": [bare]}, alg="RS256"))).alg == "RS256"
    with pytest.raises(KeyUnusableError, match="pass alg="):
        KeySet.from_dict({"keys": [bare]})


@pytest.mark.threat("KID-021", "KID-011", "KEY-011")
def test_only_the_kid_finds_a_key():
    """None of several is tried for a header without a kid, or with another's."""
    keys = KeySet([public("ES256"), public("RS256"), public("Ed25519")])
    assert keys.find({"kid": "key-ES256"}) == public("ES256")
    for header in (
        {},
        {"kid": "KEY-ES256"},
        {"kid": "key-ES256 "},
        {"kid": None},
        {"kid": ["key-ES256"]},
        {"alg": "ES256"},
    ):
        with pytest.raises(UnknownKey):
            keys.find(header)


@pytest.mark.threat("KID-021")
def test_a_set_of_one_is_that_key():
    """Then a header without a kid will do, one with another kid will not."""
    assert KeySet([public("ES256")]).find({}) == public("ES256")
    with pytest.raises(UnknownKey):
        KeySet([public("ES256")]).find({"kid": "other"})


@pytest.mark.threat("CONF-013", "KEY-011")
def test_an_empty_set_knows_nothing():
    """Nothing is verified by default."""
    with pytest.raises(UnknownKey):
        KeySet([]).find({"kid": "x"})
    assert KeySet.from_dict({"keys": []}).to_dict() == {"keys": []}


@pytest.mark.threat("KEY-011")
def test_another_key_does_not_step_in_for_one_that_is_gone():
    """An unknown kid is refused although the signature is by a key of the set."""
    text = jws.sign(b"x", Key.from_dict(key("ES256").to_dict(private=True), kid="gone"))
    with pytest.raises(UnknownKey):
        jws.verify(text, KeySet([public("ES256"), public("RS256")]), algorithms={"ES256"})


@pytest.mark.threat("SIG-001")
def test_a_kid_does_not_prove_a_key():
    """The name of one key over the signature of another."""
    impostor = Key.generate("ES256", kid="key-ES256")
    with pytest.raises(BadSignature):
        jws.verify(jws.sign(b"x", impostor), KeySet([public("ES256"), public("RS256")]), algorithms={"ES256"})


@pytest.mark.threat("CONF-013")
@pytest.mark.parametrize("keys", [None, "secret", b"secret", bytearray(b"x"), {}, [], 1, object()])
def test_only_a_key_source_verifies(keys):
    """A wrong call, found before the token is looked at: there is no default key."""
    with pytest.raises(TypeError):
        jws.verify(None, keys, algorithms={"ES256"})
    with pytest.raises(TypeError):
        jws.verify(None, algorithms={"ES256"})


def test_anything_that_finds_keys_is_a_key_source():
    """It is asked with the header, once."""
    calls = []

    class Ring:
        """A key source of somebody else's."""

        def find(self, header):
            """Return the one key."""
            calls.append(header)
            return public("ES256")

    text = jws.sign(b"x", key("ES256"))
    assert jws.verify(text, Ring(), algorithms={"ES256"}).key == public("ES256")
    assert calls == [{"alg": "ES256", "kid": "key-ES256"}]
