"""Tokens as eleven providers write them, under the settings that a project would write for each.

The examples are synthetic, and not part of the repository: `../shared/reviews/issuers` beside the checkout.
"""

import json
from typing import Any

import pytest

from django_jwtkit import issuers
from django_jwtkit.errors import TokenError
from tests.support.processes import ROOT

FOLDER = ROOT.parent / "shared" / "reviews" / "issuers"
PROVIDERS = [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]
NONE = [pytest.param(None, None, marks=pytest.mark.skip(reason="needs the examples of providers"))]
CASES = [
    pytest.param(provider, case, id=f"{provider['provider']}: {case['name']}")
    for provider in PROVIDERS
    for case in provider["cases"]
]
# What these settings are called here, and what their pages tell a project to write.
RENAMED = {"ISSUER_ALIASES": "ALIASES"}
CHANGED = {"okta": {"SUBJECT_CLAIM": ["uid", "sub"]}}


def entry(provider: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of `TRUSTED_ISSUERS` that asks no network."""
    kept = {RENAMED.get(name, name): value for name, value in settings.items() if name != "JWKS_URL"}
    return {**kept, **CHANGED.get(provider["provider"], {}), "JWKS": provider["jwks"], "USER": "stateless"}


@pytest.mark.parametrize(("provider", "case"), CASES or NONE)
def test_a_token_of_a_provider_is_judged_as_its_page_says(provider, case, settings):
    trusted = {iss: entry(provider, named) for iss, named in provider["settings"].items()}
    settings.JWTKIT = {"ISSUER": "https://api.example.com", "TRUSTED_ISSUERS": trusted}
    if case["verdict"] == "refuse":
        with pytest.raises(TokenError):
            issuers.verify(case["token"], now=provider["now"])
        return
    token = issuers.verify(case["token"], now=provider["now"])
    assert token.subject == case["sub"]
    assert token.issuer in trusted
    assert list(token.scopes) == case.get("scopes", list(token.scopes))
    assert list(token.groups) == case.get("groups", list(token.groups))
    assert issuers.token_user(token).pk == f"{token.issuer}|{case['sub']}"
