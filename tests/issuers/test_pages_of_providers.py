"""The settings that our page gives for each provider refuse what each of them must not let in."""

import time
from types import MappingProxyType
from typing import Any

import pytest

from django_jwtkit import issuers
from django_jwtkit.errors import InvalidClaim, MissingClaim, NotYetValid, TokenError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jwt
from tests.support.processes import ROOT
from tests.test_documents_run import blocks

from .conftest import jwks

PAGE = ROOT / "docs" / "tokens-of-other-issuers.md"
KEYS = {alg: Key.generate(alg, kid=alg) for alg in ("ES256", "RS256")}
NOW = int(time.time())
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"

COGNITO = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
KEYCLOAK = "https://sso.example.com/realms/acme"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
GOOGLE = "https://accounts.google.com"
FIREBASE = "https://securetoken.google.com/acme-prod"
SUPABASE = "https://abcdefgh.supabase.co/auth/v1"
CLERK = "https://clever-cat-1.clerk.accounts.dev"
GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"

# The claims of a good token of each, as the provider writes them.
GOOD: dict[str, dict[str, Any]] = {
    COGNITO: {"aud": None, "client_id": "6upe6ndundkv7f5i9jlo6a8p2t", "token_use": "access"},
    KEYCLOAK: {"aud": ["orders", "account"], "typ": "Bearer"},
    ENTRA: {"aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "oid": "o-1", "scp": "orders.read"},
    GOOGLE: {"aud": "1234567890-abc.apps.googleusercontent.com", "hd": "example.com"},
    FIREBASE: {"aud": "acme-prod", "auth_time": NOW - 60},
    SUPABASE: {"aud": "authenticated", "role": "authenticated", "is_anonymous": False},
    CLERK: {"aud": None, "azp": "https://shop.example.com"},
    GITHUB: {"aud": "https://orders.example.com", "repository_id": "74", "environment": "prod"},
    GITLAB: {"aud": "https://orders.example.com", "project_id": "4711", "ref_protected": "true"},
}
# What differs in a token that somebody may have, and that must not get in.
BAD = [
    (COGNITO, {"client_id": "another-app-client"}, InvalidClaim),
    (COGNITO, {"token_use": "id", "client_id": None, "aud": "6upe6ndundkv7f5i9jlo6a8p2t"}, TokenError),
    (KEYCLOAK, {"typ": "ID"}, InvalidClaim),
    (KEYCLOAK, {"sub": None}, MissingClaim),
    (KEYCLOAK, {"aud": "account"}, InvalidClaim),
    (CLERK, {"azp": "https://another-front-end.example.com"}, InvalidClaim),
    (GITHUB, {"repository_id": "75"}, InvalidClaim),
    (GITHUB, {"repository_id": 74}, InvalidClaim),
    (GITHUB, {"environment": None}, MissingClaim),
    (GITLAB, {"project_id": "1"}, InvalidClaim),
    (GITLAB, {"ref_protected": "false"}, InvalidClaim),
    (ENTRA, {"iss": f"https://login.microsoftonline.com/{PERSONAL}/v2.0"}, InvalidClaim),
    (GOOGLE, {"hd": "other.example.com"}, InvalidClaim),
    (GOOGLE, {"hd": None}, MissingClaim),
    (FIREBASE, {"auth_time": NOW + 3600}, NotYetValid),
    (FIREBASE, {"iss": "https://securetoken.google.com/another-project"}, InvalidClaim),
    (SUPABASE, {"is_anonymous": True}, InvalidClaim),
    (SUPABASE, {"role": "anon"}, InvalidClaim),
]


def entries_of_the_page() -> dict[str, dict[str, Any]]:
    """Return the entries of all blocks of the page that set `TRUSTED_ISSUERS`."""
    entries: dict[str, dict[str, Any]] = {}
    for _, code in blocks(PAGE):
        reader: dict[str, Any] = {"JWTKIT": {}}
        if 'JWTKIT["TRUSTED_ISSUERS"] =' in code:
            exec(code, reader)
            entries |= reader["JWTKIT"]["TRUSTED_ISSUERS"]
    return entries


@pytest.fixture
def published(settings):
    """Return the set that all of them publish here; a test may change it before the first token."""
    keys = KeySet([key.public() for key in KEYS.values()]).to_dict()
    offline = {"JWKS": keys, "JWKS_URL": None, "PRIVATE_ADDRESSES": False, "USER": "stateless"}
    trusted = {name: {**entry, **offline} for name, entry in entries_of_the_page().items()}
    settings.JWTKIT = {"ISSUER": "https://api.example.com", "TRUSTED_ISSUERS": trusted}
    return keys


def sign(provider, claims=MappingProxyType({})):
    """Return a token of the provider, with other claims than a good one has; None leaves one out."""
    present = int(time.time())
    dates = {"iat": present, "exp": present + 600}
    named = {"iss": provider, "sub": "7", **dates, **GOOD[provider], **claims}
    named = {name: value for name, value in named.items() if value is not None}
    return jwt.encode(named, KEYS["RS256" if provider == ENTRA else "ES256"], typ="JWT")


@pytest.mark.parametrize("iss", GOOD)
def test_a_good_token_of_the_provider_is_accepted(published, iss):
    assert issuers.verify(sign(iss)).subject


@pytest.mark.parametrize(("iss", "claims", "error"), BAD)
def test_a_token_that_must_not_get_in_is_refused(published, iss, claims, error):
    with pytest.raises(error):
        issuers.verify(sign(iss, claims))


def test_a_key_of_personal_accounts_does_not_speak_for_a_tenant(published):
    for member in published["keys"]:
        member["issuer"] = f"https://login.microsoftonline.com/{PERSONAL}/v2.0"
    other = jwks(Key.generate("RS256", kid="other"))["keys"]
    published["keys"].extend(other)
    with pytest.raises(UnknownKey):
        issuers.verify(sign(ENTRA))
