"""A key as a value: what it shows, what it hides, what it may do."""

import copy
import dataclasses
import json
import pickle
import secrets

import pytest

from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jwe, jws
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwk.key_use import OPERATIONS
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.jose.signing import ALGS, key, public

SECRET_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "priv"}
ENCRYPTING = [alg for alg, fit in FITS.items() if fit.use == "enc"]
PAIRS = [alg for alg in ALGS if not alg.startswith("HS")]


def new_key(alg: str) -> Key:
    """Return a private key for any algorithm."""
    if alg in ALGS:
        return key(alg)
    return Key.generate(alg, size=2048 if alg.startswith("RSA") else None)


@pytest.mark.parametrize("alg", FITS)
def test_a_key_goes_out_and_comes_back(alg):
    """As a private JWK, through JSON."""
    item = new_key(alg)
    assert Key.from_dict(json.loads(json.dumps(item.to_dict(private=True)))) == item


@pytest.mark.threat("KEY-012")
@pytest.mark.parametrize("alg", FITS)
def test_nothing_secret_goes_out_unasked(alg):
    """Neither in the JWK nor in the repr, the str, a format or the dataclass's fields."""
    item = new_key(alg)
    secrets = [
        str(item.to_dict(private=True)[name]) for name in SECRET_MEMBERS & item.to_dict(private=True).keys()
    ]
    assert secrets
    text = f"{item!r} {item} {[item]}"
    assert text.startswith(f"<Key {item.kid} {alg} {item.use}>")
    if item.kty != "oct":
        assert not SECRET_MEMBERS & item.to_dict().keys()
        text += json.dumps(item.to_dict()) + item.to_pem().decode()
    assert not any(secret in text for secret in secrets)


@pytest.mark.threat("KEY-012", "KEY-013")
@pytest.mark.parametrize("alg", ["HS256", "A256KW", "dir"])
def test_a_symmetric_key_has_no_public_form(alg):
    """There is nothing of it that others may see."""
    for ask in (Key.public, Key.to_dict, Key.to_pem, lambda item: item.to_pem(private=True)):
        with pytest.raises(KeyUnusableError, match="symmetric"):
            ask(new_key(alg))


@pytest.mark.parametrize("alg", PAIRS)
def test_a_public_key_has_no_private_form(alg):
    """Asking for one is an error, not a silent public one."""
    item = public(alg)
    assert not item.private
    assert item.native_private is None
    assert item.public() == item
    for ask in (lambda: item.to_dict(private=True), lambda: item.to_pem(private=True)):
        with pytest.raises(KeyUnusableError):
            ask()


@pytest.mark.parametrize("alg", FITS)
def test_a_private_key_does_not_slip_away(alg):
    """Into a pickle, a cache, a copy."""
    for escape in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="private key"):
            escape(new_key(alg))


@pytest.mark.parametrize("alg", PAIRS)
def test_a_public_key_may_travel(alg):
    """To another process, for instance."""
    assert pickle.loads(pickle.dumps(public(alg))) == public(alg) == copy.deepcopy(public(alg))


def test_a_key_is_a_value():
    """It does not change, and equal ones are one in a set."""
    item = key("ES256")
    again = Key.from_dict(item.to_dict(private=True))
    assert {item, again} == {item}
    assert item != item.public()
    assert item != Key.from_dict(item.to_dict(private=True), kid="other")
    assert item != "ES256"
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.kid = "other"


@pytest.mark.parametrize("alg", FITS)
def test_a_new_key_has_its_thumbprint_for_a_kid(alg):
    """A symmetric one a random one, of 128 bits: its thumbprint would be a hash of the secret."""
    item = Key.generate(alg, size=2048 if FITS[alg].kty == "RSA" else None)
    assert (item.alg, item.use, item.private) == (alg, FITS[alg].use, True)
    if item.kty == "oct":
        assert item.kid != item.thumbprint()
        assert len(item.kid) >= 22
    else:
        assert item.kid == item.thumbprint() == item.public().thumbprint()
        assert len(b64u_decode(item.kid)) == 32


@pytest.mark.threat("KEY-022", "KEY-023")
def test_no_two_new_keys_are_alike():
    """Neither in their kid nor in their secret."""
    keys = [Key.generate("HS256") for _ in range(500)]
    assert len({item.kid for item in keys}) == len({item.native_private for item in keys}) == 500


def test_a_size_chooses_the_strength():
    """In bits for RSA, in octets for secrets, nowhere else."""
    assert Key.generate("RS256", size=2048).native_public.key_size == 2048
    assert len(Key.generate("HS256", size=64).native_private) == 64
    assert len(Key.generate("dir", size=16).native_private) == 16
    assert len(Key.generate("dir").native_private) == 32
    with pytest.raises(KeyUnusableError, match="fixed"):
        Key.generate("ES256", size=256)
    with pytest.raises(KeyUnusableError, match="24 or 32"):
        Key.generate("dir", size=17)


@pytest.mark.parametrize("crv", ["P-256", "P-384", "P-521", "X25519", "X448"])
def test_a_curve_is_chosen_for_key_agreement(crv):
    """P-256 if nobody says which."""
    assert Key.generate("ECDH-ES", crv=crv).crv == crv
    assert Key.generate("ECDH-ES").crv == "P-256"
    with pytest.raises(KeyUnusableError, match="no curve"):
        Key.generate("ES256", crv="P-384")


@pytest.mark.parametrize(
    "alg", ["none", "HS1", "", "eddsa", "RSA1_5", "PBES2-HS256+A128KW", None, 1, ["ES256"]]
)
def test_no_key_is_made_for_an_unknown_algorithm(alg):
    """Nor by what is no name."""
    with pytest.raises(KeyUnusableError, match="alg must be one of"):
        Key.generate(alg)


@pytest.mark.threat("KEY-017")
@pytest.mark.parametrize("kid", ["", "x" * 256, "a\nb", "\u202e", "\ud800", 1, ["x"]], ids=ascii)
def test_a_kid_that_no_header_could_carry_is_refused(kid):
    """Given to any of the three ways to a key."""
    jwk = {name: value for name, value in key("ES256").to_dict().items() if name != "kid"}
    for ask in (
        lambda: Key.from_dict(jwk | {"kid": kid}),
        lambda: Key.from_dict(jwk, kid=kid),
        lambda: Key.generate("HS256", kid=kid),
        lambda: Key.from_pem(key("ES256").to_pem(), alg="ES256", kid=kid),
    ):
        with pytest.raises(KeyUnusableError, match="kid"):
            ask()


def test_the_callers_kid_goes_first():
    """An imported key may have one that we would not write."""
    jwk = key("ES256").to_dict() | {"kid": "a kid with spaces"}
    assert Key.from_dict(jwk, kid="mine").kid == "mine"
    del jwk["kid"]
    assert Key.from_dict(jwk).kid is None
    assert "kid" not in Key.from_dict(jwk).to_dict()


@pytest.mark.parametrize(("alg", "crv"), [("Ed25519", "Ed25519"), ("Ed448", "Ed448")])
def test_an_edwards_key_has_the_older_name_where_it_is_named(alg, crv):
    """By the JWK or by the caller, and never by both names."""
    jwk = {name: value for name, value in key(alg).to_dict().items() if name != "alg"}
    assert Key.from_dict(jwk).alg == crv
    for older in (Key.from_dict(jwk, alg="EdDSA"), Key.from_dict(jwk | {"alg": "EdDSA"})):
        assert (older.alg, older.crv) == ("EdDSA", crv)
        assert Key.from_dict(older.to_dict()) == older != Key.from_dict(jwk)
        assert Key.from_pem(older.to_pem(), alg="EdDSA", kid=older.kid) == older
    for own, requested in (("EdDSA", alg), (alg, "EdDSA")):
        with pytest.raises(KeyUnusableError, match="alg must be that of the JWK"):
            Key.from_dict(jwk | {"alg": own}, alg=requested)


def test_a_new_key_for_eddsa_is_an_ed25519_key():
    """RFC 8037 §3.1; the other curve has to be asked for."""
    assert Key.generate("EdDSA").crv == "Ed25519"
    other = Key.generate("EdDSA", crv="Ed448")
    assert (other.alg, other.crv) == ("EdDSA", "Ed448")
    assert jws.verify(jws.sign(b"x", other), other.public(), algorithms={"EdDSA"}).payload == b"x"


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"])
def test_a_secret_that_is_made_for_content_is_used_directly(enc):
    """As the key of RFC 7520 §5.6 names it: `dir`, with a key as long as that encryption's."""
    size = {"A128GCM": 16, "A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}[enc]
    jwk = {
        "kty": "oct",
        "use": "enc",
        "alg": enc,
        "k": Key.generate("dir", size=size).to_dict(private=True)["k"],
    }
    item = Key.from_dict(jwk)
    assert item == Key.from_dict(jwk, alg="dir")
    assert (
        jwe.decrypt(jwe.encrypt(b"x", item, enc=enc), item, algorithms={"dir"}, encryptions={enc}).plaintext
        == b"x"
    )
    assert len(KeySet.from_dict({"keys": [jwk]})) == 1
    for wrong in ({"k": b64u_encode(secrets.token_bytes(size + 8))}, {"use": "sig"}, {"kty": "RSA"}):
        with pytest.raises(KeyUnusableError):
            Key.from_dict(jwk | wrong)
    with pytest.raises(KeyUnusableError, match="alg must be that of the JWK"):
        Key.from_dict(jwk, alg="A256KW")


@pytest.mark.threat("CONF-004", "KEY-019")
def test_a_key_has_one_algorithm():
    """Its own, or the caller's, or the only possible one; never a choice."""
    jwk = key("RS256").public().to_dict()
    with pytest.raises(KeyUnusableError, match="alg must be that of the JWK"):
        Key.from_dict(jwk, alg="PS256")
    bare = {name: value for name, value in jwk.items() if name not in {"alg", "use"}}
    with pytest.raises(KeyUnusableError, match="pass alg="):
        Key.from_dict(bare)
    with pytest.raises(KeyUnusableError, match="pass alg="):
        Key.from_dict(bare | {"use": "sig"})
    assert Key.from_dict(bare, alg="PS256").alg == "PS256"
    with pytest.raises(KeyUnusableError):
        Key.from_dict(bare | {"alg": ""}, alg="PS256")
    p256 = {name: value for name, value in key("ES256").to_dict().items() if name not in {"alg", "use"}}
    with pytest.raises(KeyUnusableError, match="pass alg="):
        Key.from_dict(p256)  # ES256, or ECDH-ES
    assert Key.from_dict(p256 | {"use": "sig"}).alg == "ES256"


@pytest.mark.threat("KEY-001")
@pytest.mark.parametrize("alg", FITS)
def test_a_key_does_what_its_use_and_its_half_allow(alg):
    """A table of four operations: private and public, signing and encrypting."""
    item = new_key(alg)
    halves = [item] if item.kty == "oct" else [item, item.public()]
    for half in halves:
        allowed = (
            set(OPERATIONS[half.use]) if half.private else set(OPERATIONS[half.use]) - {"sign", "decrypt"}
        )
        for operation in ("sign", "verify", "encrypt", "decrypt"):
            if operation in allowed:
                half.require(operation)
            else:
                with pytest.raises(KeyUnusableError):
                    half.require(operation)


@pytest.mark.threat("KEY-001")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "A256KW", "HS256"])
@pytest.mark.parametrize("use", ["sig", "enc", "SIG", "", "both", None, 1, ["sig"]], ids=str)
def test_use_must_say_what_the_algorithm_does(alg, use):
    """A signing key marked for encryption is a mistake of somebody."""
    jwk = new_key(alg).to_dict(private=True) | {"use": use}
    if use == FITS[alg].use:
        assert Key.from_dict(jwk).use == use
    else:
        with pytest.raises(KeyUnusableError, match="use"):
            Key.from_dict(jwk)


@pytest.mark.threat("KEY-002")
@pytest.mark.parametrize(
    "operations",
    [
        [],
        ["sign", "sign"],
        ["encrypt"],
        ["sign", "encrypt"],
        ["SIGN"],
        ["x"],
        [1],
        [["sign"]],
        "sign",
        None,
        {},
        1,
    ],
    ids=str,
)
def test_key_ops_that_contradict_are_refused(operations):
    """Empty, repeated, of the other use, unknown, or no list of text (RFC 7517 §4.3)."""
    with pytest.raises(KeyUnusableError, match="key_ops"):
        Key.from_dict(key("ES256").to_dict(private=True) | {"key_ops": operations})


@pytest.mark.threat("KEY-002")
def test_key_ops_are_kept_and_obeyed():
    """No other operation is allowed; the public key does the counterpart."""
    signing = Key.from_dict(key("ES256").to_dict(private=True) | {"key_ops": ["sign"]})
    signing.require("sign")
    with pytest.raises(KeyUnusableError, match="key_ops"):
        signing.require("verify")
    assert signing.to_dict(private=True)["key_ops"] == ["sign"]
    assert signing.to_dict()["key_ops"] == ["verify"]
    signing.public().require("verify")
    assert Key.from_dict(signing.to_dict()) == signing.public()
    both = Key.from_dict(key("ES256").to_dict(private=True) | {"key_ops": ["sign", "verify"]})
    assert both.public().key_ops == ("verify",)


@pytest.mark.parametrize(
    ("alg", "operations", "does"),
    [
        ("A256KW", ["wrapKey"], {"encrypt"}),
        ("A256KW", ["wrapKey", "unwrapKey"], {"encrypt", "decrypt"}),
        ("dir", ["encrypt", "decrypt"], {"encrypt", "decrypt"}),
        ("ECDH-ES", ["deriveKey"], {"encrypt", "decrypt"}),
        ("ECDH-ES", ["deriveBits"], {"encrypt", "decrypt"}),
        ("RSA-OAEP", ["unwrapKey"], {"decrypt"}),
    ],
)
def test_the_key_ops_of_encryption_are_understood(alg, operations, does):
    """Content keys encrypt, others wrap or derive."""
    item = Key.from_dict(new_key(alg).to_dict(private=True) | {"key_ops": operations})
    for operation in ("encrypt", "decrypt"):
        if operation in does:
            item.require(operation)
        else:
            with pytest.raises(KeyUnusableError):
                item.require(operation)


@pytest.mark.threat("KEY-019")
@pytest.mark.parametrize(
    "jwk",
    [
        *(None, 1, "{}", b"{}", [], {}, {1: 2}),
        *({"kty": kty} for kty in ("XYZ", "rsa", None, ["RSA"], "EC")),
        *({"kty": "oct", "k": "A" * 43, "alg": alg} for alg in (["HS256"], "")),
    ],
    ids=str,
)
def test_what_is_no_jwk_is_refused(jwk):
    """Alone, an unknown key type is an error."""
    with pytest.raises(KeyUnusableError):
        Key.from_dict(jwk)


def test_members_that_we_do_not_know_are_not_looked_at():
    """Certificates in a JWK least of all: they vouch for nothing here."""
    more = {"x5c": ["nonsense"], "x5t": 1, "x5u": "http://127.0.0.1:1/", "ext": True, "iat": 1}
    assert Key.from_dict(key("ES256").to_dict() | more) == public("ES256")


@pytest.mark.threat("KID-021")
def test_a_key_finds_itself():
    """For a header that names it or names none; a key without a kid for any."""
    item = key("ES256")
    nameless = Key.from_dict({name: value for name, value in item.to_dict().items() if name != "kid"})
    assert item.find({}) is item.find({"kid": item.kid}) is item
    assert nameless.find({"kid": "x"}) is nameless
    for kid in ("x", None, 1, ["x"]):
        with pytest.raises(UnknownKey):
            item.find({"kid": kid})
