"""What becomes of a foreign token: verified for a request, or explained to an operator."""

from .examining import Published, Step, examine_keys, examine_token
from .verifying import averify, is_foreign, issuer_named_in, verify

__all__ = [
    "Published",
    "Step",
    "averify",
    "examine_keys",
    "examine_token",
    "is_foreign",
    "issuer_named_in",
    "verify",
]
