"""Keys: generated, sealed, rotated and revoked; and the keys to sign and verify with."""

from .lifecycle import (
    generate,
    import_key,
    make_missing,
    make_missing_keys,
    preview,
    preview_all,
    preview_generation,
    preview_revocation,
    revoke,
    rotate,
)
from .planning import Plan, Policy, State, policy, register_lifetime
from .private_keys import signing_key
from .sealing import reseal
from .snapshots import Keyring, forget, jwks, jwks_body, keyring
from .store import (
    KeyEvent,
    Ring,
    Store,
    StoredKey,
    at,
    clock_lag,
    current_scope,
    current_store,
    describe_lag,
    now,
    resolve,
)

__all__ = [
    "KeyEvent",
    "Keyring",
    "Plan",
    "Policy",
    "Ring",
    "State",
    "Store",
    "StoredKey",
    "at",
    "clock_lag",
    "current_scope",
    "current_store",
    "describe_lag",
    "forget",
    "generate",
    "import_key",
    "jwks",
    "jwks_body",
    "keyring",
    "make_missing",
    "make_missing_keys",
    "now",
    "policy",
    "preview",
    "preview_all",
    "preview_generation",
    "preview_revocation",
    "register_lifetime",
    "reseal",
    "resolve",
    "revoke",
    "rotate",
    "signing_key",
]
