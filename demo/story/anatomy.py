"""Split a token, as far as that is possible without a key."""

import base64
import json
from typing import Final, NamedTuple

# The parts of a compact JWS (RFC 7515 §7.1) and of a compact JWE (RFC 7516 §7.1), by their number.
NAMES: Final = {
    3: ("JOSE Header", "Claims Set", "Signature"),
    5: ("JOSE Header", "Encrypted Key", "Initialization Vector", "Ciphertext", "Authentication Tag"),
}
READABLE: Final = frozenset({"JOSE Header", "Claims Set"})


class Part(NamedTuple):
    """A segment of a token; `reading` is the JSON in it, or empty."""

    name: str
    text: str
    reading: str


def dissect(token: str) -> list[Part]:
    """Return the parts of a compact token."""
    segments = token.split(".")
    named = zip(NAMES[len(segments)], segments, strict=True)
    return [Part(name, text, _read(text) if name in READABLE else "") for name, text in named]


def octets(segment: str) -> bytes:
    """Return the decoded octets of a segment."""
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _read(segment: str) -> str:
    return json.dumps(json.loads(octets(segment)), indent=2, ensure_ascii=False)
