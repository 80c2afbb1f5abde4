"""The keys that everybody may see (RFC 7517 §5)."""

import logging
from datetime import datetime

from django_jwtkit import db
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.keys.planning import TRUSTED, State
from django_jwtkit.keys.store import current_store
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import aware

from .entry import Entry
from .memory import get_snapshot
from .snapshot import Snapshot

logger = get_logger("keys")


def jwks(*, now: datetime | None = None) -> dict[str, list[dict[str, object]]]:
    """Return the JWK Set that the world may see: public parts only, of published rings only.

    Raises `KeyringStale`, and `SealingKeyLost` where none of the keys can be judged.
    """
    settings = conf()
    store = current_store(settings)
    published = [name for name, ring in settings.rings.items() if ring.publish]
    snapshots = [get_snapshot(name, settings, store) for name in published]
    now = db.now(store.alias) if now is None else aware(now)
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
