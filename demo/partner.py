"""A partner with an identity provider of its own. The demo's server knows its public key, and no more."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django_jwtkit.jose import Key, KeySet, jwt

ISSUER: Final = "https://login.partner.example"
SUBJECT: Final = "b7afc098-30ce-43c7-abfa-043ab484a779"  # alice, as the partner calls her
FOLDER: Final = "JWTKIT_DEMO_PARTNER"
PUBLIC, PRIVATE = "jwks.json", "private.json"


def make_key(folder: Path) -> None:
    """Make the partner's key: its private part for the partner, the public one for everybody."""
    key = Key.generate("ES256", kid="partner-1")
    (folder / PRIVATE).write_text(json.dumps(key.to_dict(private=True)))
    (folder / PUBLIC).write_text(json.dumps(KeySet([key.public()]).to_dict()))


def issue(environment: Mapping[str, str], audience: str) -> str:
    """Return a token for `audience`, as the partner issues it."""
    folder = Path((os.environ | environment)[FOLDER])
    key, now = Key.from_dict(json.loads((folder / PRIVATE).read_text())), int(time.time())
    claims = {"iss": ISSUER, "aud": audience, "sub": SUBJECT, "iat": now, "exp": now + 300}
    return jwt.encode(claims, key)
