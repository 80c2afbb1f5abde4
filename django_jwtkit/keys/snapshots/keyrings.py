"""The keys that tokens are checked against: those of a ring, as the clock has them.

`Keyring.find` answers before the signature. `Keyring.confirm` asks after it the questions that only a good
signature makes worth asking.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from django_jwtkit import db, signals
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import (
    AlgorithmRefused,
    InvalidClaim,
    KeyMisused,
    KeyUnusableError,
    TokenError,
    UnknownKey,
)
from django_jwtkit.jose import KEY_REFERENCES, Key, is_kid, jwa, refuse_key_references
from django_jwtkit.keys.planning import NEVER, TrustWindow
from django_jwtkit.keys.store import Store, current_scope
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import aware
from django_jwtkit.wording import message as _

from .entry import Entry
from .memory import get_snapshot, latest_of, memory_of
from .snapshot import Snapshot

logger = get_logger("keys")
ROUNDING: Final = (
    1.0  # seconds by which `exp` and `iat`, in whole seconds, may be further apart than a lifetime
)


def keyring(
    ring: str, *, now: datetime | None = None, store: Store | None = None, settings: Settings | None = None
) -> "Keyring":
    """Return the verifying keys of `ring` in `store`, by default the current one: a `KeySource`.

    `now` is by default the time by the ring's database. Raises `KeyringStale`, `ScopeUnknown`, `UnknownRing`;
    `TypeError` for a `now` without a time zone while USE_TZ is on.
    """
    settings = settings or conf()
    snapshot = get_snapshot(ring, settings, store)
    return Keyring(snapshot, db.now(snapshot.address.alias) if now is None else aware(now), settings)


class Keyring:
    """The keys of one ring that verify (or decrypt) at `now`, as the `settings` of that moment have it.

    `known_headers` are those that good tokens of these keys had (see `jose.wire.header`).
    """

    __slots__ = ("known_headers", "now", "settings", "snapshot")

    def __init__(self, snapshot: Snapshot, now: datetime, settings: Settings) -> None:
        self.snapshot, self.now, self.settings = snapshot, now, settings
        self.known_headers = snapshot.known_headers

    def __repr__(self) -> str:
        return f"<Keyring {self.snapshot.ring}>"  # the settings hold secrets

    @property
    def algorithms(self) -> frozenset[str]:
        """What the ring's keys are made for; each key still answers to its own algorithm only."""
        return self.snapshot.algorithms

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the one key that `header` names by its kid.

        Raises `UnknownKey`, or `MalformedToken` for a header that names or brings a key in another way: none
        of our tokens does.
        """
        if not KEY_REFERENCES.isdisjoint(header):
            refuse_key_references(header)
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise UnknownKey(_("the token names no key"))
        entry = self.snapshot.entries.get(kid) or self._look_for(kid)
        if entry is None or not self._is_trusted(entry):
            raise UnknownKey(_("no key of this ring has the token's kid"))
        if header.get("alg") == jwa.OLDER != entry.row.alg:  # a key of a ring answers to one name
            raise AlgorithmRefused(_("the header's alg is not the key's"))
        try:
            return entry.verifier or entry.open_verifier()
        except KeyUnusableError as error:
            log_limited(logger, logging.ERROR, "key_unusable", "keyring: %s", error)
            raise UnknownKey(_("the token's key is unusable")) from error

    def confirm(self, key: Key, claims: Mapping[str, object]) -> TrustWindow:
        """Confirm, after a good signature, that `key` can have made the token; return how long that holds.

        In this window `find` and `confirm` accept the token again, while these are the keys. Raises
        `KeyMisused`: a standby that signs before its time, or a retired key after it, is in foreign hands;
        and `InvalidClaim` for a token that was given a longer life than its key may promise. Before either
        is raised, the ring is read again: another process may have rotated it.
        """
        issued, expires = cast("float", claims["iat"]), cast("float", claims["exp"])
        entry = self.snapshot.entries.get(key.kid or "")
        if entry is None:  # found by a look of this very moment
            self._look_again(key.kid or "", claims)
            return NEVER
        trust = entry.trust
        if trust is None or trust.settings is not self.settings:
            trust = entry.trust_under(self.settings)
        window = trust.window if issued <= trust.last_issue else entry.window(issued, self.settings)
        is_current = window.begins <= self.now.timestamp() < window.ends
        if not is_current or _is_too_long(entry, expires - issued):
            self._look_again(key.kid or "", claims)
        return window

    def _is_trusted(self, entry: Entry) -> bool:
        is_denied = self.settings.DENY_KIDS and entry.row.kid in self.settings.denied
        return self.now.timestamp() <= entry.turn.over and not is_denied

    def _look_for(self, kid: str) -> Entry | None:
        if not is_kid(kid):  # a kid that cannot be stored is worth no look
            return None
        return look_for_kid(self.snapshot).entries.get(kid)

    def _look_again(self, kid: str, claims: Mapping[str, object]) -> None:
        """Raise what speaks against the token, if it still does so after another look at the ring."""
        snapshot = self.snapshot if kid in self.snapshot.entries else latest_of(self.snapshot)
        if self._doubt(snapshot, kid, claims) is None:
            return
        newer = renew(snapshot)
        doubt = self._doubt(newer, kid, claims)
        if doubt is None:
            return
        if isinstance(doubt, KeyMisused) and newer.looked_at > snapshot.looked_at:
            fields = {"event": KeyMisused.code, "kid": kid, "reason": str(doubt)}
            logger.critical("key_misused: ring %s, key %s: %s", newer.ring, kid, doubt, extra=fields)
            signals.key_misused.send_robust(Keyring, ring=newer.ring, kid=kid, reason=str(doubt))
        raise doubt

    def _doubt(self, snapshot: Snapshot, kid: str, claims: Mapping[str, object]) -> TokenError | None:
        """Return what speaks against a token of key `kid` by the keys of `snapshot`."""
        entry = snapshot.entries.get(kid)
        if entry is None:
            return UnknownKey(_("the token's key has just been revoked"))
        issued, expires = cast("float", claims["iat"]), cast("float", claims["exp"])
        skew, linger = self.settings.CLOCK_SKEW, self.settings.SIGNING_MAX_AGE + self.settings.CLOCK_SKEW
        if not snapshot.is_opening(entry, self.now):
            misuse = entry.life.explain_misuse(self.now, issued, skew=skew, linger=linger)
            if misuse:
                return KeyMisused(misuse)
        if _is_too_long(entry, expires - issued):
            return InvalidClaim(_("the token lives longer than its key may promise"), "exp")
        return None


def _is_too_long(entry: Entry, lifetime: float) -> bool:
    """Return whether a token lives longer than its key promises; a key that never signs here may not know."""
    if entry.life.sign_from is None:
        return False
    return lifetime > entry.life.max_lifetime.total_seconds() + ROUNDING


def renew(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same ring that was taken after this call (see `RingMemory.renew`)."""
    return memory_of(snapshot.address).renew(snapshot) if _is_here(snapshot) else snapshot


def look_for_kid(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same ring that may have a new kid (see `RingMemory.look_for_kid`)."""
    return memory_of(snapshot.address).look_for_kid(snapshot) if _is_here(snapshot) else snapshot


def _is_here(snapshot: Snapshot) -> bool:
    """Whether a look would see the store of `snapshot`, and not what has become the current schema since.

    Keyrings are values: a caller may keep one over a change of tenants, or use it in another thread.
    """
    return snapshot.address.scope == current_scope(conf())
