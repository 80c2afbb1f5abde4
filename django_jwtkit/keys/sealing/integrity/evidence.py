"""What the history of a ring says against its rows: each revocation, and the number of each change."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import F, Q

from django_jwtkit.keys.sealing.derived_keys import SealingKey
from django_jwtkit.keys.store import Address, KeyEvent

from .vouching import VOUCHED, sentences

REVOKED: Final = "revoked"  # the action in the history
COLUMNS: Final = ("kid", "action", "serial", "detail", "pk")
_Row = tuple[str, str, int, str, int]


class Evidence(NamedTuple):
    """What speaks against rows of a ring, and by which key the ring was vouched for last."""

    revoked: frozenset[str] = frozenset()
    changes: Mapping[str, int] = MappingProxyType({})  # by kid, the number of its last change
    under: str = ""  # the entry of `SEALING_KEYS` under which the ring was vouched for last


def read_evidence(address: Address, since: int, keys: Iterable[SealingKey]) -> Evidence:
    """Read what matters to the ring at `address`, whose row says that its last change was `since`."""
    events = KeyEvent.objects.using(address.alias).filter(ring_id=address.ring)
    matters = Q(action__in=(REVOKED, VOUCHED)) | Q(serial__gt=since)
    return _gather(events.filter(matters).order_by().values_list(*COLUMNS), keys)


def read_all_evidence(using: str, keys: Collection[SealingKey]) -> Mapping[str, Evidence]:
    """Read what matters to each ring in the database `using`, in one query, by ring."""
    matters = Q(action__in=(REVOKED, VOUCHED)) | Q(serial__gt=F("ring__serial"))
    events = KeyEvent.objects.using(using).filter(matters).order_by().values_list("ring_id", *COLUMNS)
    by_ring: dict[str, list[_Row]] = {}
    for ring, *columns in events:
        by_ring.setdefault(ring, []).append(tuple(columns))
    return {ring: _gather(rows, keys) for ring, rows in by_ring.items()}


def _gather(events: Iterable[_Row], keys: Iterable[SealingKey]) -> Evidence:
    revoked = set()
    changes: dict[str, int] = {}
    under = (-1, 0, "")
    key_ids = sentences(key for key in keys if key.is_own)
    for kid, action, serial, detail, number in events:
        if action == REVOKED:
            revoked.add(kid)
        if action == VOUCHED and detail in key_ids:
            under = max(under, (serial, number, key_ids[detail]))
        changes[kid] = max(serial, changes.get(kid, 0))
    return Evidence(frozenset(revoked), changes, under[-1])
