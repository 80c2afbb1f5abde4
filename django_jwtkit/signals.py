"""Signals. They are sent after the commit and by `send_robust`, so that no receiver can break a response.

No signal carries a token, a private key or a secret.
"""

from django.dispatch import Signal

key_rotated = Signal()  # ring: str, plan: keys.Plan
key_revoked = Signal()  # ring: str, kid: str, reason: str, plan: keys.Plan
key_misused = Signal()  # ring: str, kid: str, reason: str; probably a stolen key
key_tampered = Signal()  # ring: str, kid: str, reason: str; its row was not written by us
session_started = Signal()  # session: sessions.Session
session_ended = Signal()  # sids: list[str], reason: str
refresh_reused = Signal()  # sid: str, reason: str
token_rejected = Signal()  # code: str, kid: str | None
issuer_keys_changed = Signal()  # issuer: str, the key of TRUSTED_ISSUERS
