"""Reading the health of all keys: six queries, however many rings and keys there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django_jwtkit import keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.keys import Store, StoredKey
from django_jwtkit.keys.planning import TRUSTED
from django_jwtkit.keys.sealing import (
    Judge,
    judge_all_rows,
    newest_key,
    rests_under,
    sealing_keys,
)
from django_jwtkit.wording import Code, Count, join
from django_jwtkit.wording import message as _

from .faults import fault
from .ring import describe_ring
from .standing import Standing, stand
from .values import Fault, Health, Kind, SealingHealth


def read_health(now: datetime | None = None, *, store: Store | None = None) -> Health:
    """Return the health of all keys of `store` at `now`, by default of the current one and now.

    Raises `ScopeUnknown`, `ImproperlyConfigured`, and the errors of a database that is away or not migrated.
    """
    settings = conf()
    store, now = store or keys.current_store(settings), keys.at(now)
    judged = _read(store, now, settings)
    rings = [describe_ring(judge, living, now, settings) for judge, living in judged.values()]
    trusted = [key for _judge, living in judged.values() for key in living if key.row.state(now) in TRUSTED]
    sealing, lost = _describe_sealing(trusted)
    every = (fault for ring in rings for fault in ring.faults)
    unexplained = (fault for fault in every if fault.kid not in lost or fault.kind is Kind.DENIED)
    faults = tuple(sorted((*_sealing_faults(lost), *unexplained)))
    return Health(now=now, rings=rings, sealing=sealing, faults=faults)


def _read(store: Store, now: datetime, settings: Settings) -> Mapping[str, tuple[Judge, Sequence[Standing]]]:
    """Return the judges and the living keys of the rings that matter, those of the settings first."""
    living = StoredKey.objects.using(store.alias).filter(archived=False, revoked_at=None).order_by("pk")
    judged = judge_all_rows(store, settings.rings, living.all)
    abandoned = (name for name in sorted(judged.keys() - settings.rings.keys()) if judged[name].rows)
    return {
        name: (judged[name].judge, stand(judged[name].rows, now, store))
        for name in (*settings.rings, *abandoned)
    }


def _describe_sealing(trusted: Sequence[Standing]) -> tuple[SealingHealth, Mapping[str, Standing]]:
    """Count the trusted keys by the sealing keys that they rest under; return those that are lost, too."""
    try:
        here, newest = sealing_keys(), newest_key().id
    except SealingKeyLost:
        here, newest = {}, ""
    under = {key.row.kid: rests_under(key.row) for key in trusted}
    lost = {
        key.row.kid: key
        for key in trusted
        if key.verdict.unjudged or not (key.verdict.tampered or under[key.row.kid] <= here.keys())
    }
    resting = sum(ids == {newest} and kid not in lost for kid, ids in under.items())
    return SealingHealth(id=newest or None, keys=resting, missing=len(lost), total=len(under)), lost


def _sealing_faults(lost: Mapping[str, Standing]) -> Iterator[Fault]:
    """Yield one fault for all keys whose sealing key is missing, in the words about the first of them."""
    for key in list(lost.values())[:1]:
        reason = key.verdict.unjudged or key.fault
        rings = dict.fromkeys(each.row.ring_id for each in lost.values())
        number, names = Count(len(lost), "key"), Code(", ".join(rings))
        remedy = _for_each_ring(key.verdict.remedy, key.row.ring_id, rings)
        yield fault(
            Kind.SEALING, ring=key.row.ring_id, reason=reason, remedy=remedy, keys=number, rings=names
        )


def _for_each_ring(remedy: str, ring: str, rings: Iterable[str]) -> str:
    """Return `remedy`, whose command may name `ring` alone, for all `rings`."""
    others = [name for name in rings if name != ring]
    if not others or f"--ring {ring} " not in remedy:
        return remedy
    return join(remedy, _("The same for each of: {rings}.", rings=Code(", ".join(others))))
