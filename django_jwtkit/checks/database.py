"""Checks of the stored keys, by `manage.py check --database default` and by `migrate`.

`migrate` stops at an error. So a fault that it fixes itself (a ring without keys) is a warning, and a
database that is not migrated yet, or away, is no fault at all.
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import ScopeUnknown
from django_jwtkit.health import Kind, read_health
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.sealing import all_sealing_keys, rests_under
from django_jwtkit.keys.store import SealingCheck, Store, current_scope, current_store, is_home
from django_jwtkit.wording import plural, when

from .faults import fault
from .settings import check_sealing_keys, valid_settings

ROTATE = "python manage.py rotate_keys --ring {ring}"
SOON = timedelta(days=30)
REVOKE = "python manage.py revoke_key {kid} --reason damaged"
REPLACE = f"{ROTATE} --now --force"
NUMBERS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.TAMPERED: ("W013", REVOKE),
    Kind.NO_SIGNER: ("W012", ROTATE),
    Kind.DENIED: ("W059", ROTATE),
    Kind.SIGNER: ("W013", REPLACE),
    Kind.STANDBY: ("W013", REPLACE),
    Kind.VERIFIER: ("W013", REVOKE),
    Kind.NO_STANDBY: ("W014", ROTATE),
    Kind.JOB: ("W058", ROTATE),
}
"""The number of each fault of a ring, and the command that its hint names."""


@register(Tags.database)
def check_scope(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """W015: the scope is unknown where `migrate` makes keys, and where they are checked."""
    if valid_settings() is None or not databases:
        return []
    try:
        current_store()
    except ScopeUnknown as error:
        return [fault("W015", reason=str(error).rstrip("."))]
    except ImproperlyConfigured:  # another check reports it
        pass
    return []


@register(Tags.database)
def check_keys(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """E019, E024, E025, W012 to W014, W018, W058, W059: in those of `databases` that hold keys."""
    # A sealing key that cannot be read has a number of its own.
    if valid_settings() is None or check_sealing_keys() or check_scope(databases):
        return []
    return [fault for alias in databases or () if is_home(alias) for fault in _faults_in(alias)]


def _faults_in(using: str) -> list[CheckMessage]:
    try:
        # A process with another secret can open nothing: that is one fault, not one for each key.
        return list(_other_secrets(using)) or [
            *_retiring(using),
            *_denying_nothing(using),
            *_unhealthy(using),
            *_wrong_clock(using),
        ]
    except (Error, ImproperlyConfigured):  # not migrated, or not there
        return []


def _other_secrets(using: str) -> Iterator[CheckMessage]:
    noted = dict(SealingCheck.objects.using(using).values_list("key_id", "value"))
    for name, key in all_sealing_keys().items():
        if name in noted and not hmac.compare_digest(noted[name], key.check):
            yield fault("E019", id=name, database=using)


def _retiring(using: str) -> Iterator[CheckMessage]:
    """Yield E024 for sealing keys that retire soon, or have retired, while keys still need them."""
    soon = keys.now() + SOON
    ends = {name: key.until for name, key in all_sealing_keys().items() if key.until and key.until <= soon}
    if not ends:
        return
    rows = StoredKey.objects.using(using).filter(revoked_at=None, archived=False)
    counts = Counter(name for row in rows for name in rests_under(row) if name in ends)
    for name, count in counts.items():
        facts = {"id": name, "until": when(ends[name]), "keys": plural(count, "key")}
        yield fault("E024", database=using, **facts)


def _denying_nothing(using: str) -> Iterator[CheckMessage]:
    """Yield E025 for entries of the deny-list that match no key, as after a typing error."""
    denied = conf().denied
    kids = StoredKey.objects.using(using).values_list("kid", flat=True)
    if not denied or not kids.exists():
        return
    matching = denied.matches(kids.iterator())
    for entry in denied.entries:
        if entry not in matching:
            yield fault("E025", entry=entry, database=using)


def _wrong_clock(using: str) -> Iterator[CheckMessage]:
    lag, allowed = keys.clock_lag(using), conf().CLOCK_SKEW
    if abs(lag) > allowed:
        yield fault("W018", lag=keys.describe_lag(lag), database=using, allowed=allowed)


def _unhealthy(using: str) -> Iterator[CheckMessage]:
    """Yield what the health of the keys says, by its own numbers."""
    settings = conf()
    for ring in read_health(store=Store(using, current_scope(settings))).rings:
        for each in ring.faults:
            number, command = NUMBERS[each.kind]
            yield fault(
                number,
                ring=ring.ring,
                kid=each.kid,
                key=each.kid,
                database=using,
                reason=each.reason.rstrip("."),
                since=when(ring.signer.begins if ring.signer else None),
                interval=settings.ROTATION_INTERVAL,
                command=command.format(ring=ring.ring, kid=each.kid),
            )
