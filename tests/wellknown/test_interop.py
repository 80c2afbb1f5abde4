"""A second service that has only our JWKS, in four libraries; and their tokens, in our hands."""

import json
import time

import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import jwcrypto.jwk
import jwcrypto.jwt
import jwt as pyjwt
import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import jose, keys, tokens

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:EdDSA is deprecated"),  # joserfc, which prefers the newer names
]

ALGORITHMS = ("ES256", "ES384", "RS256", "PS256", "Ed25519", "EdDSA")
OLDER_NAME = {"Ed25519": "EdDSA"}  # RFC 8037; PyJWT knows no other yet


@pytest.fixture(params=ALGORITHMS)
def algorithm(request, settings):
    """A project that signs with this algorithm from its first key on."""
    settings.JWTKIT = {"ALGORITHM": request.param, "ISSUER": "https://issuer.example", "AUDIENCE": "api"}
    keys.rotate("access")
    keys.rotate("access", at_once=True, force=True)
    return request.param


@pytest.fixture
def jwks(algorithm, client):
    """What everybody may fetch."""
    return client.get("/.well-known/jwks.json").json()


@pytest.fixture
def token(algorithm):
    user = get_user_model().objects.create_user("alice")
    return tokens.issue(user, claims={"role": "reader"})


def make_claims():
    now = int(time.time())
    return {"iss": "https://issuer.example", "aud": "api", "sub": "42", "iat": now, "exp": now + 60}


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if name not in OLDER_NAME], indirect=True)
def test_pyjwt_verifies_our_access_token(algorithm, jwks, token):
    """PyJWT, from our JWKS alone."""
    kid = pyjwt.get_unverified_header(token)["kid"]
    key = next(each for each in jwks["keys"] if each["kid"] == kid)
    claims = pyjwt.decode(token, pyjwt.PyJWK(key).key, algorithms=[algorithm], audience="api")
    assert claims["role"] == "reader"


def test_joserfc_verifies_our_access_token(algorithm, jwks, token):
    """joserfc, from our JWKS alone."""
    registry = joserfc.jws.JWSRegistry(algorithms=[algorithm])
    claims = joserfc.jwt.decode(token, joserfc.jwk.KeySet.import_key_set(jwks), registry=registry)
    assert claims.claims["role"] == "reader"


def test_jwcrypto_verifies_our_access_token(algorithm, jwks, token):
    """jwcrypto, from our JWKS alone."""
    key = jwcrypto.jwk.JWKSet.from_json(json.dumps(jwks))
    claims = jwcrypto.jwt.JWT(jwt=token, key=key, algs=[algorithm], expected_type="JWS")
    assert json.loads(claims.claims)["role"] == "reader"


def test_our_own_jose_verifies_it_without_django(algorithm, jwks, token):
    """django_jwtkit.jose is all that a Python service needs."""
    key = jose.KeySet.from_dict(jwks)
    claims = jose.jwt.decode(
        token, key, algorithms={algorithm}, issuer="https://issuer.example", audience="api", typ="at+jwt"
    )
    assert claims["role"] == "reader"


@pytest.mark.parametrize("alg", [*ALGORITHMS, "HS256"])
def test_we_verify_what_pyjwt_signs(alg):
    """PyJWT writes EdDSA by its older name, which has to be asked for literally."""
    key, name = jose.Key.generate(alg), OLDER_NAME.get(alg, alg)
    text = pyjwt.encode(make_claims(), key.native_private, algorithm=name, headers={"kid": key.kid})
    claims = jose.jwt.decode(text, key, algorithms={name}, issuer="https://issuer.example", audience="api")
    assert claims["sub"] == "42"


@pytest.mark.parametrize("alg", [*ALGORITHMS, "HS256"])
def test_we_verify_what_joserfc_signs(alg):
    """The key goes over as a private JWK."""
    key = jose.Key.generate(alg)
    theirs = joserfc.jwk.import_key(key.to_dict(private=True))
    registry = joserfc.jws.JWSRegistry(algorithms=[alg])
    text = joserfc.jwt.encode({"alg": alg, "kid": key.kid}, make_claims(), theirs, registry=registry)
    claims = jose.jwt.decode(text, key, algorithms={alg}, issuer="https://issuer.example", audience="api")
    assert claims["sub"] == "42"


@pytest.mark.parametrize("alg", [*ALGORITHMS, "HS256"])
def test_we_verify_what_jwcrypto_signs(alg):
    """The key goes over as a private JWK."""
    key, name = jose.Key.generate(alg), OLDER_NAME.get(alg, alg)
    jwk = key.to_dict(private=True) | {"alg": name}
    token = jwcrypto.jwt.JWT(header={"alg": name, "kid": key.kid}, claims=make_claims())
    token.make_signed_token(jwcrypto.jwk.JWK(**jwk))
    claims = jose.jwt.decode(
        token.serialize(), key, algorithms={name}, issuer="https://issuer.example", audience="api"
    )
    assert claims["sub"] == "42"
