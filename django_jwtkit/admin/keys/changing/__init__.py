"""The pages that change keys: each shows what it would do, asks, does it once, and says what it has done.

Callers have checked the permission already.
"""

from .adding import import_public, make
from .outcome import SOURCE, refuse
from .revoking import MOST, Target, explain_newest, revoke, show_revoked
from .rotating import rotate
from .running import run_all

__all__ = [
    "MOST",
    "SOURCE",
    "Target",
    "explain_newest",
    "import_public",
    "make",
    "refuse",
    "revoke",
    "rotate",
    "run_all",
    "show_revoked",
]
