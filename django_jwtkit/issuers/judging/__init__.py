"""What becomes of a foreign token: verified for a request, or explained to an operator."""

from .examining import Published, Step, examine_keys, examine_token
from .verifying import averify, issuer_named_in, recognize, verify

__all__ = [
    "Published",
    "Step",
    "averify",
    "examine_keys",
    "examine_token",
    "issuer_named_in",
    "recognize",
    "verify",
]
