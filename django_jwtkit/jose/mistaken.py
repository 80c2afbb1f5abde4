"""What was handed in where a key should have been, in words that say how to go on.

Nothing of what was handed in is repeated: it may be a secret.
"""

import re
from collections.abc import Mapping
from typing import Final

_SSH: Final = re.compile(r"\s*(ssh-(rsa|dss|ed25519|ed448)|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+)\s")
_PATH: Final = re.compile(r"[\w~./\\: -]{1,255}\.(pem|key|pub|crt|cer|der|p8|p12|pfx|jwks?|json)", re.ASCII)
_URL: Final = re.compile(r"https?://\S{1,2000}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\s-]+")

_LOADS: Final = "it is JSON text: pass json.loads(…) of it"


def describe_no_set(value: object) -> str:
    """Return what is wrong with `value`, which is no JWK Set."""
    expected = "a JWK Set is an object with a list of JWKs, `keys`"
    if not isinstance(value, Mapping):
        return f"{expected}: {_describe(value)}"
    if "keys" in value:
        return expected
    if "kty" in value:
        return f"{expected}: it is a single JWK, for Key.from_dict"
    if "jwks_uri" in value:
        return f"{expected}: it is the metadata of an issuer, whose jwks_uri leads to the set"
    if any(isinstance(one, str) and one.lstrip().startswith("-----BEGIN") for one in value.values()):
        return f"{expected}: it is a set of certificates by kid; the issuer has a JWK Set at another address"
    return expected


def describe_no_jwk(value: object) -> str:
    """Return what is wrong with `value`, which is no JWK."""
    expected = "a JWK is a JSON object"
    if not isinstance(value, Mapping):
        return f"{expected}: {_describe(value)}"
    if "keys" in value:
        return f"{expected} of one key: it is a JWK Set, for KeySet.published or KeySet.from_dict"
    if "jwks_uri" in value:
        return f"{expected}: it is the metadata of an issuer, whose jwks_uri leads to its JWK Set"
    return expected


def _describe(value: object) -> str:
    if not isinstance(value, str | bytes | bytearray):
        return f"got {type(value).__name__}"
    text = value if isinstance(value, str) else bytes(value).decode("latin-1")
    if "-----BEGIN" in text:
        return "it is a PEM, for Key.from_pem"
    return _LOADS if text.lstrip().startswith(("{", "[")) else f"got {type(value).__name__}"
