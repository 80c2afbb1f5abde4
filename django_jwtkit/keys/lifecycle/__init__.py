"""The operations on keys: rotate, revoke, generate, import. Each makes a plan and carries it out."""

from .adding import generate, import_key, preview_generation
from .migrating import make_missing_keys
from .revoking import preview_revocation, revoke
from .rotating import make_missing, preview, preview_all, rotate

__all__ = [
    "generate",
    "import_key",
    "make_missing",
    "make_missing_keys",
    "preview",
    "preview_all",
    "preview_generation",
    "preview_revocation",
    "revoke",
    "rotate",
]
