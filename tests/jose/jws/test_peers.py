"""JWS and JWT with others: what PyJWT, joserfc and jwcrypto sign we read, and the other way round."""

import json
import warnings

import pytest

from django_jwtkit.jose import Key, KeySet, jws, jwt
from tests.jose.signing import ALGS, CLAIMS, NOW, key, public

pyjwt = pytest.importorskip("jwt")
joserfc = pytest.importorskip("joserfc")
jwcrypto = pytest.importorskip("jwcrypto")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from joserfc import jwk as joserfc_jwk
    from joserfc import jws as joserfc_jws
    from jwcrypto import jwk as jwcrypto_jwk
    from jwcrypto import jws as jwcrypto_jws

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # joserfc

FRESH = CLAIMS | {"iat": 1_700_000_000, "exp": 4_000_000_000}
PAYLOAD = json.dumps(FRESH).encode()
POST_QUANTUM = {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}
SHARED = {alg: alg for alg in ALGS if alg not in POST_QUANTUM}
OLDER = SHARED | {"Ed25519": "EdDSA", "Ed448": "EdDSA"}  # their name for our key


def theirs(our_key: Key, *, alg: str | None = None) -> dict[str, object]:
    """Return our key as they read it: without kid, use and alg, or with their name of the algorithm."""
    jwk = our_key.to_dict(private=our_key.private)
    bare = {name: value for name, value in jwk.items() if name not in {"alg", "use"}}
    return bare if alg is None else bare | {"alg": alg}


class PyJWT:
    """PyJWT, which has RFC 8037's name for EdDSA only."""

    algorithms = OLDER

    @staticmethod
    def sign(alg, name):
        signing = pyjwt.PyJWK(theirs(key(alg), alg=name))
        return pyjwt.encode(FRESH, signing.key, algorithm=name, headers={"kid": key(alg).kid})

    @staticmethod
    def verify(text, alg, name):
        return pyjwt.decode(text, pyjwt.PyJWK(theirs(public(alg), alg=name)).key, algorithms=[name])


class JoseRFC:
    """joserfc, which knows the newer names."""

    algorithms = SHARED

    @staticmethod
    def sign(alg, name):
        signing = joserfc_jwk.import_key(theirs(key(alg)))
        return joserfc_jws.serialize_compact({"alg": name}, PAYLOAD, signing, algorithms=[name])

    @staticmethod
    def verify(text, alg, name):
        result = joserfc_jws.deserialize_compact(
            text, joserfc_jwk.import_key(theirs(public(alg))), algorithms=[name]
        )
        return json.loads(result.payload)


class JWCrypto:
    """jwcrypto."""

    algorithms = OLDER

    @staticmethod
    def sign(alg, name):
        token = jwcrypto_jws.JWS(PAYLOAD)
        token.allowed_algs = [name]
        token.add_signature(jwcrypto_jwk.JWK(**theirs(key(alg))), None, json.dumps({"alg": name}))
        return token.serialize(compact=True)

    @staticmethod
    def verify(text, alg, name):
        token = jwcrypto_jws.JWS()
        token.allowed_algs = [name]
        token.deserialize(text, jwcrypto_jwk.JWK(**theirs(public(alg))))
        return json.loads(token.payload)


PEERS = [
    pytest.param(peer, alg, name, id=f"{peer.__name__}-{alg}")
    for peer in (PyJWT, JoseRFC, JWCrypto)
    for alg, name in peer.algorithms.items()
]


@pytest.mark.parametrize(("peer", "alg", "name"), PEERS)
def test_we_read_what_they_sign(peer, alg, name):
    """A whole JWT, by the same key."""
    assert jwt.decode(peer.sign(alg, name), public(alg), algorithms={name}, now=NOW) == FRESH


@pytest.mark.parametrize(("peer", "alg", "name"), PEERS)
def test_they_read_what_we_sign(peer, alg, name):
    """By the newer names where they know them, else by a key that has the older one."""
    if name != alg:
        pytest.skip("has no name for it but EdDSA, which this key does not write")
    assert peer.verify(jwt.encode(FRESH, key(alg)), alg, name) == FRESH


@pytest.mark.parametrize("alg", [alg for alg in ALGS if alg not in POST_QUANTUM and not alg.startswith("HS")])
def test_they_take_our_keys_and_find_the_same_thumbprint(alg):
    """From the JWK and from the PEM, both halves."""
    for our_key in (key(alg), public(alg)):
        pem = our_key.to_pem(private=our_key.private)
        assert jwcrypto_jwk.JWK.from_pem(pem).thumbprint() == our_key.thumbprint()
        assert jwcrypto_jwk.JWK(**theirs(our_key)).thumbprint() == our_key.thumbprint()
        assert joserfc_jwk.import_key(theirs(our_key)).thumbprint() == our_key.thumbprint()


@pytest.mark.parametrize(
    ("kty", "parameters", "alg"),
    [
        ("RSA", {"size": 2048}, "RS256"),
        ("EC", {"crv": "P-256"}, "ES256"),
        ("EC", {"crv": "P-521"}, "ES512"),
        ("EC", {"crv": "secp256k1"}, "ES256K"),
        ("OKP", {"crv": "Ed25519"}, "Ed25519"),
        ("OKP", {"crv": "Ed448"}, "Ed448"),
        ("OKP", {"crv": "X25519"}, "ECDH-ES"),
        ("OKP", {"crv": "X448"}, "ECDH-ES"),
        ("oct", {"size": 256}, "HS256"),
    ],
    ids=str,
)
def test_we_take_their_keys(kty, parameters, alg):
    """As they export them, from JWK and PEM."""
    for _ in range(3):
        their_key = jwcrypto_jwk.JWK.generate(kty=kty, **parameters)
        our_key = Key.from_dict(json.loads(their_key.export()), alg=alg)
        assert our_key.thumbprint() == their_key.thumbprint()
        if kty != "oct":
            pem = their_key.export_to_pem(private_key=True, password=None)
            assert Key.from_pem(pem, alg=alg) == Key.from_pem(our_key.to_pem(private=True), alg=alg)


def test_pyjwt_verifies_by_our_jwk_set():
    """As a second service would, from what we publish."""
    keys = KeySet([public("ES256"), public("RS256")])
    text = jwt.encode(FRESH, key("RS256"))
    theirs_set = pyjwt.PyJWKSet.from_dict(keys.to_dict())
    assert pyjwt.decode(text, theirs_set[key("RS256").kid], algorithms=["RS256"]) == FRESH


def test_a_jws_of_any_octets_is_theirs_too():
    """Not only claims."""
    octets = bytes(range(256))
    text = jws.sign(octets, key("ES384"))
    token = jwcrypto_jws.JWS()
    token.deserialize(text, jwcrypto_jwk.JWK(**theirs(public("ES384"))))
    assert token.payload == octets
