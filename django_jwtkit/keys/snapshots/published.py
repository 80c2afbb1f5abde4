"""The keys that everybody may see (RFC 7517 §5)."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.db import Error as DatabaseUnavailable

from django_jwtkit import db, event_loops
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.jose import encoding
from django_jwtkit.keys.planning import LATEST, TRUSTED, State
from django_jwtkit.keys.store import Store, current_store
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import aware

from .entry import Entry
from .memory import changes, get_snapshot, latest_of, memory_of
from .reading import judged_by, read_states
from .snapshot import RingState, Snapshot

logger = get_logger("keys")


def jwks(*, now: datetime | None = None) -> dict[str, list[dict[str, object]]]:
    """Return the JWK Set that the world may see: public parts only, of published rings only.

    Raises `KeyringStale`, and `SealingKeyLost` where none of the keys can be judged.
    """
    settings = conf()
    store = current_store(settings)
    snapshots = _snapshots(settings, store)
    return _jwks_of(snapshots, db.now(store.alias) if now is None else aware(now), settings)


def jwks_body() -> bytes:
    """Return the JWK Set as JSON text (RFC 7517 §5). Raises as `jwks` does.

    The text is kept until a snapshot is due for a look, or a key changes its state: that of a thousand rings
    takes long to write. A key that is revoked in this process is left out at once.
    """
    settings = conf()
    store = current_store(settings)
    now, body = db.now(store.alias), _bodies.get(store)
    if body is None or not body.is_good(settings, now):
        body = _write(body, settings, store, now)
    return body.text


class _Body(NamedTuple):
    """The JWK Set under `settings` from `since` until `turns_at`, as long as no snapshot changes."""

    settings: Settings
    changes: int
    since: datetime
    turns_at: datetime
    looked_at: float  # of the oldest snapshot
    text: bytes

    def is_good(self, settings: Settings, now: datetime) -> bool:
        """Whether no snapshot is due for a look either."""
        return db.steady() - self.looked_at < settings.seconds.max_age and self.is_true(settings, now)

    def is_true(self, settings: Settings, now: datetime) -> bool:
        """Whether the keys and their states are those of the text."""
        is_same = self.settings is settings and self.changes == changes()
        return is_same and self.since <= now < self.turns_at

    def __repr__(self) -> str:
        return "<the JWK Set as text>"  # the settings hold secrets


_bodies: Final[dict[Store, _Body]] = {}
MOST_BODIES: Final = 1000  # stores: tenants, whose texts have a kilobyte each


def _write(older: _Body | None, settings: Settings, store: Store, now: datetime) -> _Body:
    """Return the JWK Set as it is now, and keep it."""
    snapshots = _snapshots(settings, store)
    looked_at = min((snapshot.looked_at for snapshot in snapshots), default=db.steady())
    if older is not None and older.is_true(settings, now):
        body = older._replace(looked_at=looked_at)
    else:
        counted = changes()  # first: what changes meanwhile is written the next time
        latest = [latest_of(snapshot) for snapshot in snapshots]
        text = encoding.dumps(_jwks_of(latest, now, settings))
        body = _Body(settings, counted, now, _turns_at(latest, now), looked_at, text)
    if len(_bodies) >= MOST_BODIES:
        _bodies.clear()
    _bodies[store] = body
    return body


def _turns_at(snapshots: Iterable[Snapshot], now: datetime) -> datetime:
    """Return when the next key changes its state."""
    lives = [entry.life for snapshot in snapshots for entry in snapshot.entries.values()]
    moments = (moment for life in lives for moment in (life.sign_from, life.sign_until, life.verify_until))
    return min((moment for moment in moments if moment is not None and moment >= now), default=LATEST)


def _snapshots(settings: Settings, store: Store) -> list[Snapshot]:
    published = [name for name, ring in settings.rings.items() if ring.publish]
    _look_together(published, settings, store)
    return [get_snapshot(name, settings, store) for name in published]


def _look_together(rings: Iterable[str], settings: Settings, store: Store) -> None:
    """Ask one question for all of `rings` if one is due for a look; those that have changed are read later.

    Also for those that are not due: each is used at times of its own, and would soon be due by itself.
    """
    memories = [memory_of(store.ring(ring)) for ring in rings]
    if not any(memory.is_due(settings) for memory in memories):
        return
    loaded = {memory.address.ring: (memory, memory.changes) for memory in memories if memory.snapshot}
    if len(loaded) < 2 or event_loops.is_running():
        return
    try:
        looked_at, states, sealing = db.steady(), read_states(store.alias, loaded), judged_by()
    except DatabaseUnavailable as error:
        for memory, _ in loaded.values():
            memory.note_failure(error)
        return
    for ring, (memory, changes_before) in loaded.items():
        memory.note_look(looked_at, states.get(ring, RingState()), sealing, changes_before)


def _jwks_of(
    snapshots: Iterable[Snapshot], now: datetime, settings: Settings
) -> dict[str, list[dict[str, object]]]:
    visible = [
        entry
        for snapshot in snapshots
        for entry in snapshot.entries.values()
        if _is_visible(entry, snapshot, now, settings)
    ]
    members = [member for entry in visible if (member := _member(entry))]
    unjudged = [entry for entry in visible if entry.verdict.unjudged]
    if unjudged and not members:  # consumers that fetched an empty set would refuse all that they know
        unjudged[0].public()
    return {"keys": members}


def _is_visible(entry: Entry, snapshot: Snapshot, now: datetime, settings: Settings) -> bool:
    if not entry.row.public_jwk or entry.row.kid in settings.denied:
        return False
    state = entry.life.state(now)
    if entry.row.use == "sig":
        return state in TRUSTED
    # Senders must not encrypt to a key that is not everywhere yet, or that is on its way out.
    return state is State.ACTIVE or snapshot.is_opening(entry, now)


def _member(entry: Entry) -> dict[str, object]:
    """Return the public JWK of a key, empty for one that is unusable."""
    try:
        return entry.public().to_dict()
    except (KeyUnusableError, SealingKeyLost) as error:
        log_limited(logger, logging.ERROR, "key_unusable", "jwks: %s", error)
        return {}
