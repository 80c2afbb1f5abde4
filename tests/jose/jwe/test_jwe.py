"""JWE (RFC 7516): what `encrypt` and `decrypt` promise their callers."""

import random
import secrets

import pytest

from django_jwtkit.errors import (
    AlgorithmRefused,
    DecryptionError,
    KeyUnusableError,
    MalformedToken,
    TokenError,
    UnknownKey,
)
from django_jwtkit.jose import jwe
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_agreement import CURVES
from django_jwtkit.jose.jwa.key_management import ALGORITHMS
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySet
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.encryption import ALL, CASES, DECRYPTS_SLOWLY, PAIRS, case, joined, opened, parts

ASYMMETRIC = [alg for alg, row in ALGORITHMS.items() if row.fit.kty != "oct"]


@pytest.mark.parametrize("way", CASES, ids=str)
def test_what_was_encrypted_comes_back(way):
    """Every alg, on every curve, with every enc; an empty plaintext too."""
    for plaintext in (b"", b"x", secrets.token_bytes(200)):
        text = jwe.encrypt(plaintext, way.key, enc=way.enc)
        outcome = jwe.decrypt(text, way.key, algorithms={way.alg}, encryptions={way.enc})
        assert outcome.plaintext == plaintext
        assert outcome.key is way.key
        assert (outcome.header["alg"], outcome.header["enc"], outcome.header["kid"]) == (
            way.alg,
            way.enc,
            way.key.kid,
        )


def test_a_token_may_come_as_bytes():
    """As it does from a socket."""
    key = case("A256KW").key
    assert opened(jwe.encrypt(b"secret", key).encode(), key) == b"secret"


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_a_public_key_encrypts_and_only_the_private_one_decrypts(alg):
    """So a partner's JWK is enough to write to them."""
    key = case(alg).key
    text = jwe.encrypt(b"secret", key.public())
    assert opened(text, key) == b"secret"
    with pytest.raises(UnknownKey):
        opened(text, key.public())


@pytest.mark.threat("JWE-028")
@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_the_same_plaintext_never_looks_the_same_twice(way):
    """A fresh IV for each message, and so another ciphertext; `dir` has nothing else that is fresh."""
    tokens = [parts(jwe.encrypt(b"secret", way.key, enc=way.enc))[1] for _ in range(20)]
    assert len({iv for _, iv, _, _ in tokens}) == 20
    assert len({ciphertext for _, _, ciphertext, _ in tokens}) == 20


def test_the_callers_header_parameters_travel_and_are_proven():
    """They are part of the AAD."""
    key = case("dir").key
    text = jwe.encrypt(b"secret", key, header={"cty": "JWT", "ring": "access"})
    outcome = jwe.decrypt(text, key, **ALL)
    assert (outcome.header["cty"], outcome.header["ring"]) == ("JWT", "access")
    header, segments = parts(text)
    with pytest.raises(DecryptionError):
        opened(joined({**header, "ring": "refresh"}, segments), key)


def test_a_key_without_kid_writes_none():
    """And finds its token again."""
    key = Key.from_dict({"kty": "oct", "k": b64u_encode(secrets.token_bytes(32))}, alg="A256KW")
    text = jwe.encrypt(b"secret", key)
    assert "kid" not in parts(text)[0]
    assert opened(text, key) == b"secret"


def test_the_parties_of_an_agreement_are_the_callers():
    """apu and apv go in as header parameters and bind the key (RFC 7518 §4.6.1)."""
    key = case("ECDH-ES").key
    text = jwe.encrypt(b"secret", key.public(), header={"apu": b64u_encode(b"A"), "apv": b64u_encode(b"B")})
    assert opened(text, key) == b"secret"
    header, segments = parts(text)
    for other in ({**header, "apu": header["apv"]}, {name: header[name] for name in header if name != "apv"}):
        with pytest.raises(DecryptionError):
            opened(joined(other, segments), key)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_no_single_bit_of_a_token_may_flip(way):
    """Every bit of every character; of those that cost an exchange, a sample."""
    text = jwe.encrypt(b"secret", way.key, enc=way.enc).encode()
    flips = [(place, bit) for place in range(len(text)) for bit in range(8)]
    if way.alg.startswith(DECRYPTS_SLOWLY):
        flips = random.Random(str(way)).sample(flips, 400)
    for place, bit in flips:
        flipped = bytearray(text)
        flipped[place] ^= 1 << bit
        with pytest.raises(TokenError):
            opened(bytes(flipped), way.key)


def _related_keys():
    """Return keys for every algorithm, with as few secrets as possible: only their alg tells them apart."""
    secret = {size: Key.generate("dir", size=size).to_dict(private=True) for size in (16, 24, 32, 48, 64)}
    wide = {"RSA": case("RSA-OAEP").key, **{crv: case("ECDH-ES", crv).key for crv in CURVES}}
    sources = [jwk.to_dict(private=True) for jwk in wide.values()] + list(secret.values())
    keys = []
    for alg, fit in FITS.items():
        for jwk in sources:
            bare = {name: value for name, value in jwk.items() if name not in {"alg", "use", "kid"}}
            size = len(str(jwk.get("k", ""))) * 3 // 4
            if fit.is_met_by(jwk["kty"], jwk.get("crv")) and (jwk["kty"] != "oct" or size in fit.octets):
                keys.append(Key.from_dict(bare, alg=alg))
    return keys


@pytest.mark.threat("JWE-003", "JWE-011")
def test_the_matrix_of_algorithms_and_keys_has_only_its_diagonal():
    """One key, one algorithm: not even the same secret under another alg opens a token."""
    keys = _related_keys()
    assert {key.alg for key in keys} >= {*ALGORITHMS, "HS256", "RS256", "ES256"}
    senders = [key for key in keys if key.use == "enc"]
    for number, sender in enumerate(senders):
        enc = {16: "A128GCM", 24: "A192GCM", 32: "A256GCM", 48: "A192CBC-HS384", 64: "A256CBC-HS512"}
        size = len(sender.native_private) if sender.alg == "dir" else 32
        text = jwe.encrypt(b"secret", sender, enc=enc[size])
        accepted = []
        for key in keys:
            try:
                accepted += [(key.alg, key.thumbprint())] if opened(text, key) == b"secret" else []
            except TokenError:
                continue
        assert accepted == [(sender.alg, sender.thumbprint())], number


@pytest.mark.threat("JWE-003")
@pytest.mark.parametrize("alg", [alg for alg, fit in FITS.items() if fit.use == "sig"])
def test_a_signing_key_neither_encrypts_nor_decrypts(alg):
    """Whatever its type could do."""
    key = Key.generate(alg, size=2048 if FITS[alg].kty == "RSA" else None)
    with pytest.raises(KeyUnusableError):
        jwe.encrypt(b"secret", key)
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid}
    with pytest.raises(AlgorithmRefused):
        opened(joined(header, [b"", bytes(12), b"x", bytes(16)]), key)


@pytest.mark.threat("JWE-058")
@pytest.mark.parametrize(("alg", "key_ops"), [("dir", ["encrypt"]), ("A256KW", ["wrapKey"])])
def test_key_ops_are_honoured(alg, key_ops):
    """A key that may only encrypt is no key to decrypt with; the refusal is a `TokenError`."""
    jwk = {"kty": "oct", "alg": alg, "k": b64u_encode(secrets.token_bytes(32))}
    writer = Key.from_dict({**jwk, "key_ops": key_ops})
    text = jwe.encrypt(b"secret", writer)
    with pytest.raises(UnknownKey):
        opened(text, writer)
    opposite = {"encrypt": "decrypt", "wrapKey": "unwrapKey"}[key_ops[0]]
    reader = Key.from_dict({**jwk, "key_ops": [opposite]})
    assert opened(text, reader) == b"secret"
    with pytest.raises(KeyUnusableError):
        jwe.encrypt(b"secret", reader)


def test_a_key_set_finds_the_key_by_kid():
    """And says `UnknownKey` where it has none of that name."""
    keys = [Key.generate("A256KW") for _ in range(3)]
    ring = KeySet(keys)
    for key in keys:
        assert jwe.decrypt(jwe.encrypt(b"secret", key), ring, **ALL).key is key
    with pytest.raises(UnknownKey):
        jwe.decrypt(jwe.encrypt(b"secret", Key.generate("A256KW")), ring, **ALL)


def test_only_what_the_caller_allows_is_decrypted():
    """Both lists count, each for itself."""
    key = case("A256KW").key
    text = jwe.encrypt(b"secret", key, enc="A128GCM")
    with pytest.raises(AlgorithmRefused):
        jwe.decrypt(text, key, algorithms={"dir"}, encryptions={"A128GCM"})
    with pytest.raises(AlgorithmRefused):
        jwe.decrypt(text, key, algorithms={"A256KW"}, encryptions={"A256GCM"})


@pytest.mark.parametrize("names", ["A256KW", b"A256KW", None, 7, [["A256KW"]], [None]], ids=str)
def test_a_wrong_list_of_names_is_a_type_error(names):
    """In text, `in` finds every part of a name; the call is wrong, not the token."""
    for wrong in ({"algorithms": names}, {"encryptions": names}):
        with pytest.raises(TypeError):
            jwe.decrypt("", case("A256KW").key, **{**ALL, **wrong})


@pytest.mark.parametrize(
    "names", [(), ["RSA1_5"], ["A256KW", "PBES2-HS256+A128KW"], ["none"], ["HS256"]], ids=str
)
def test_an_unknown_name_in_a_list_is_a_value_error(names):
    """A typo there would be a hole or an outage."""
    for wrong in ({"algorithms": names}, {"encryptions": names}):
        with pytest.raises(ValueError, match="one or more of"):
            jwe.decrypt("", case("A256KW").key, **{**ALL, **wrong})


@pytest.mark.parametrize("keys", [None, "key", b"key", {"kid": 1}, []], ids=str)
def test_keys_must_find_keys(keys):
    """Said before the token is looked at."""
    with pytest.raises(TypeError):
        jwe.decrypt("", keys, **ALL)


@pytest.mark.parametrize("name", ["alg", "enc", "kid", "epk", "iv", "tag"])
def test_the_callers_header_leaves_the_algorithms_parameters_alone(name):
    """Each algorithm reserves what it writes."""
    alg = {"epk": "ECDH-ES", "iv": "A256GCMKW", "tag": "A256GCMKW"}.get(name, "dir")
    with pytest.raises(ValueError, match=name):
        jwe.encrypt(b"secret", case(alg).key, header={name: "AAAA"})


@pytest.mark.parametrize(
    "header",
    [
        *({"zip": "DEF"}, {"crit": ["exp"]}, {"jku": "x"}, {"typ": 1}, {"cty": None}, {"x": 10**400}),
        *({"x": [[[[[[[[1]]]]]]]]}, {f"x{number}": "" for number in range(256)}),
    ],
    ids=lambda header: str(header)[:40],
)
def test_we_write_no_header_that_we_would_not_read(header):
    """A wrong call, so a `ValueError`."""
    with pytest.raises(ValueError, match="header"):
        jwe.encrypt(b"secret", case("dir").key, header=header)
    with pytest.raises(ValueError, match="header"):
        jwe.encrypt(b"secret", case("ECDH-ES").key, header={"apu": "not base64url!"})


@pytest.mark.parametrize("header", ["cty", ["cty"], {1: "x"}, {"x": b""}], ids=str)
def test_a_header_is_a_mapping_of_names(header):
    """And of what JSON can say."""
    with pytest.raises(TypeError):
        jwe.encrypt(b"secret", case("dir").key, header=header)


def test_wrong_calls_of_encrypt():
    """Types are checked at the door."""
    key = case("dir").key
    with pytest.raises(TypeError):
        jwe.encrypt("text", key)
    with pytest.raises(TypeError):
        jwe.encrypt(b"secret", b"0123456789abcdef")
    with pytest.raises(ValueError, match="enc must be one of"):
        jwe.encrypt(b"secret", key, enc="A256CBC")
    with pytest.raises(KeyUnusableError, match="64 octets"):
        jwe.encrypt(b"secret", key, enc="A256CBC-HS512")


def test_the_plaintext_is_not_in_the_repr():
    """A result that ends in a log or on an error page tells nothing."""
    key = case("dir").key
    assert "secret" not in repr(jwe.decrypt(jwe.encrypt(b"top secret", key), key, **ALL))


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_every_cause_gets_the_one_answer(way, monkeypatch):
    """Wrong key, encrypted key, IV, ciphertext, tag: the same words, no cause, the tag computed each time."""
    row = ENCRYPTIONS[way.enc]
    tags = []

    class Counting:
        name, key_size, iv_size, tag_size = row.name, row.key_size, row.iv_size, row.tag_size

        def decrypt(self, *arguments):
            tags.append(arguments)
            return row.decrypt(*arguments)

    key = way.key
    header, segments = parts(jwe.encrypt(b"secret" * 10, key, enc=way.enc))
    del header["kid"]
    size = len(key.native_private) if key.kty == "oct" else 2048 if key.kty == "RSA" else None
    other = Key.generate(way.alg, crv=way.crv or None, size=size)
    spoilt = [
        [*segments[:place], bytes(len(segment)), *segments[place + 1 :]]
        for place, segment in enumerate(segments)
        if segment
    ]
    monkeypatch.setitem(jwe.ENCRYPTIONS, way.enc, Counting())
    for result, wrong in [(other, segments), *((key, wrong) for wrong in spoilt)]:
        with pytest.raises(DecryptionError) as refusal:
            opened(joined(header, wrong), result)
        assert refusal.value.args == ("the token can't be decrypted",)
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__
    assert len(tags) == 1 + len(spoilt)


def test_a_token_has_five_parts_and_a_bounded_length():
    """Length first, dots second, everything else after."""
    key = case("dir").key
    text = jwe.encrypt(b"secret", key)
    for wrong in ("", ".", "....", text + ".", text.rpartition(".")[0], "." + text, " " + text, text + "\n"):
        with pytest.raises(MalformedToken):
            opened(wrong, key)
    with pytest.raises(MalformedToken, match="longer than 10"):
        jwe.decrypt(text, key, **ALL, max_length=10)
    long = jwe.encrypt(bytes(7000), key)
    with pytest.raises(MalformedToken, match="longer than 8192"):
        opened(long, key)
    assert jwe.decrypt(long, key, **ALL, max_length=len(long)).plaintext == bytes(7000)
