"""The demo's settings with two trusted issuers, so that their pages have something to show."""

from demo.settings import *  # noqa: F403 - settings build on settings
from demo.settings import JWTKIT as OURS

FIXED = "https://identity.example.com/realms/a-realm-with-a-rather-long-name"
FETCHED = "https://sso.example.com"

JWTKIT = {
    **OURS,
    "TRUSTED_ISSUERS": {
        FIXED: {"AUDIENCE": "demo", "JWKS": {"keys": []}},
        FETCHED: {"AUDIENCE": "demo", "JWKS_URL": f"{FETCHED}/keys"},
    },
}
