"""What tokens are checked against: the keys of a ring, as the clock has them.

`Keyring.find` answers before the signature, `Keyring.confirm` asks after it what only a good signature makes
worth asking.
"""

import logging
import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from django_jwtkit import db, signals
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import (
    AlgorithmRefused,
    InvalidClaim,
    KeyMisused,
    KeyUnusableError,
    SealingKeyLost,
    TokenError,
    UnknownKey,
)
from django_jwtkit.jose import Key, KnownHeaders, is_kid, jwa, refuse_key_references
from django_jwtkit.keys.planning import TRUSTED, State
from django_jwtkit.keys.store import Store, current_store
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import aware

from .entry import Entry
from .memory import after_unknown_kid, latest, newer, snapshot
from .reading import Snapshot

logger = get_logger("keys")


def keyring(ring: str, *, now: datetime | None = None, store: Store | None = None) -> "Keyring":
    """The verifying keys of `ring` in `store`, by default the current one: a `KeySource`.

    Raises `KeyringStale`, `ScopeUnknown`, `UnknownRing`.
    """
    settings = conf()
    current = snapshot(ring, settings, store)
    return Keyring(current, moment(now, current), settings)


def moment(now: datetime | None, snapshot: Snapshot) -> datetime:
    """Return `now`, by default the time by the database that `snapshot` was read from.

    Raises `TypeError` for one without a time zone while USE_TZ is on.
    """
    return db.now(snapshot.address.alias) if now is None else aware(now)


class Keyring(NamedTuple):
    """The keys of one ring that verify (or decrypt) at `now`, as the `settings` of that moment have it."""

    snapshot: Snapshot
    now: datetime
    settings: Settings

    def __repr__(self) -> str:
        return f"<Keyring {self.snapshot.ring}>"  # the settings hold secrets

    @property
    def known_headers(self) -> KnownHeaders:
        """The headers that good tokens of these keys had (see `jose.wire.header`)."""
        return self.snapshot.known_headers

    @property
    def algorithms(self) -> frozenset[str]:
        """What the ring's keys are made for; each key still answers to its own algorithm only."""
        return self.snapshot.algorithms

    def find(self, header: Mapping[str, object]) -> Key:
        """The one key that `header` names by its kid. Raises `UnknownKey`, or `MalformedToken` for a header
        that names or brings a key in another way: none of our tokens does.
        """
        refuse_key_references(header)
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise UnknownKey("the token names no key")
        entry = self._entry(kid)
        if entry is None or not self._trusts(entry):
            raise UnknownKey("no key of this ring has the token's kid")
        if header.get("alg") == jwa.OLDER != entry.row.alg:  # a key of a ring answers to one name
            raise AlgorithmRefused("the header's alg is not the key's")
        try:
            return entry.verifying()
        except KeyUnusableError as error:
            log_limited(logger, logging.ERROR, "key_unusable", "keyring: %s", error)
            raise UnknownKey("the token's key is unusable") from error

    def trust_window(self, key: Key, issued: float) -> tuple[float, float]:
        """From when until before when `find` and `confirm` say the same again of a token of `key` with `iat`
        `issued`, as NumericDates, while these are the keys.
        """
        entry = self.snapshot.entries.get(key.kid or "")
        if entry is None:  # found by a look of this very moment
            return math.inf, -math.inf
        seconds = self.settings.seconds
        begins, ends = entry.turn().trust_window(issued, skew=seconds.clocks, linger=seconds.linger)
        return -math.inf if self.snapshot.is_first(entry) else begins, ends

    def confirm(self, key: Key, claims: Mapping[str, object]) -> None:
        """Ask, after a good signature, whether `key` can have made it when it says.

        Raises `KeyMisused`: a standby that signs before its time, or a retired key after it, is in foreign
        hands; and `InvalidClaim` for a token that was given a longer life than its key may promise. Before
        either is said, the ring is looked at afresh: another process may have rotated it.
        """
        now, kid = self.now, key.kid or ""
        seen = self.snapshot if kid in self.snapshot.entries else latest(self.snapshot)
        if _doubt(seen, kid, claims, now, self.settings) is None:
            return
        again = newer(seen)
        doubt = _doubt(again, kid, claims, now, self.settings)
        if doubt is None:
            return
        if isinstance(doubt, KeyMisused) and again.looked_at > seen.looked_at:
            fields = {"event": KeyMisused.code, "kid": kid, "reason": str(doubt)}
            logger.critical("key_misused: ring %s, key %s: %s", again.ring, kid, doubt, extra=fields)
            signals.key_misused.send_robust(Keyring, ring=again.ring, kid=kid, reason=str(doubt))
        raise doubt

    def _trusts(self, entry: Entry) -> bool:
        return entry.life.state(self.now) in TRUSTED and entry.row.kid not in self.settings.denied

    def _entry(self, kid: str) -> Entry | None:
        entry = self.snapshot.entries.get(kid)
        if entry is not None or not is_kid(kid):  # a kid that cannot be stored is worth no look
            return entry
        return after_unknown_kid(self.snapshot).entries.get(kid)


def jwks(*, now: datetime | None = None) -> dict[str, list[dict[str, object]]]:
    """The JWK Set that the world may see (RFC 7517 §5): public parts only, of published rings only.

    Raises `KeyringStale`, and `SealingKeyLost` where none of the keys can be judged.
    """
    store, published = current_store(), [name for name, ring in conf().rings.items() if ring.publish]
    snapshots = [snapshot(name, store=store) for name in published]
    now = db.now(store.alias) if now is None else aware(now)
    visible = [entry for ring in snapshots for entry in ring.entries.values() if _is_shown(entry, ring, now)]
    members = [member for entry in visible if (member := _public(entry))]
    unjudged = [entry for entry in visible if entry.verdict.unjudged]
    if unjudged and not members:  # consumers that fetched an empty set would refuse all that they know
        unjudged[0].public()
    return {"keys": members}


def _is_shown(entry: Entry, ring: Snapshot, now: datetime) -> bool:
    if not entry.row.public_jwk or entry.row.kid in conf().denied:
        return False
    # Senders must not encrypt to a key that is not everywhere yet, or that is on its way out.
    state = entry.life.state(now)
    return (
        state in TRUSTED if entry.row.use == "sig" else state is State.ACTIVE or ring.opens_with(entry, now)
    )


def _public(entry: Entry) -> dict[str, object]:
    try:
        return entry.public().to_dict()
    except (KeyUnusableError, SealingKeyLost) as error:
        log_limited(logger, logging.ERROR, "key_unusable", "jwks: %s", error)
        return {}


def _doubt(
    held: Snapshot, kid: str, claims: Mapping[str, object], now: datetime, settings: Settings
) -> TokenError | None:
    entry = held.entries.get(kid)
    if entry is None:
        return UnknownKey("the token's key has just been revoked")
    life = entry.life
    issued, expires = cast("float", claims["iat"]), cast("float", claims["exp"])
    linger = settings.SIGNING_MAX_AGE + settings.CLOCK_SKEW
    opens = held.opens_with(entry, now)
    if misused := "" if opens else life.explain_misuse(now, issued, skew=settings.CLOCK_SKEW, linger=linger):
        return KeyMisused(misused)
    if life.sign_from is not None and expires - issued > life.max_lifetime.total_seconds() + 1:
        return InvalidClaim("the token lives longer than its key may promise", "exp")
    return None
