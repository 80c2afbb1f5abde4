"""What only the database tells: seen by `manage.py check --database default` and by `migrate`.

Since `migrate` stops at an error, what it would mend itself (a ring without keys) is a warning, and a
database that is not migrated yet, or away, is no fault at all.
"""

import hmac
from collections.abc import Iterator, Sequence

from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import ScopeUnknown
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.locating import Store, current_scope, current_store, is_home
from django_jwtkit.keys.models import SealingCheck
from django_jwtkit.keys.planning import signer
from django_jwtkit.keys.sealing import sealing_keys
from django_jwtkit.keys.snapshot import fault_of
from django_jwtkit.wording import when

from .faults import fault
from .sealing import check_sealing_keys
from .values import sound

ROTATE = "python manage.py rotate_keys --ring {ring}"
REVOKE = "python manage.py revoke_key {kid} --reason damaged"


@register(Tags.database)
def check_scope(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """W015: no scope where `migrate` would make keys, and where they would be checked."""
    if sound() is None or not databases:
        return []
    try:
        current_store()
    except ScopeUnknown as error:
        return [fault("W015", reason=str(error).rstrip("."))]
    except ImproperlyConfigured:  # another check's
        pass
    return []


@register(Tags.database)
def check_keys(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """E019, W012, W013, W014: in the databases that hold keys, of those among `databases`."""
    # A sealing key that cannot be read has a number of its own.
    if sound() is None or check_sealing_keys() or check_scope(databases):
        return []
    return [fault for alias in databases or () if is_home(alias) for fault in _faults_in(alias)]


def _faults_in(using: str) -> list[CheckMessage]:
    try:
        # Who has another secret can open nothing: that is one fault, and not one for each key.
        return list(_other_secrets(using)) or [*_unusable(using), *_lacking(using)]
    except (Error, ImproperlyConfigured):  # not migrated, or not there
        return []


def _other_secrets(using: str) -> Iterator[CheckMessage]:
    noted = dict(SealingCheck.objects.using(using).values_list("key_id", "value"))
    for name, key in sealing_keys().items():
        if name in noted and not hmac.compare_digest(noted[name], key.check):
            yield fault("E019", id=name, database=using)


def _unusable(using: str) -> Iterator[CheckMessage]:
    now, store = keys.now(), Store(using, current_scope(conf()))
    for row in StoredKey.objects.using(using).filter(revoked_at=None, archived=False):
        if wrong := fault_of(row, now, store):
            signs = row.state(now) in (State.STANDBY, State.ACTIVE)
            command = (ROTATE + " --now --force" if signs else REVOKE).format(ring=row.ring_id, kid=row.kid)
            yield fault("W013", kid=row.kid, ring=row.ring_id, reason=wrong.rstrip("."), command=command)


def _lacking(using: str) -> Iterator[CheckMessage]:
    """Rings in which no key signs, or none has stood by for longer than a run of the job may be late."""
    now, interval = keys.now(), conf().ROTATION_INTERVAL
    rows = list(StoredKey.objects.using(using).filter(revoked_at=None, archived=False))
    for ring in conf().rings:
        lives = [row.life for row in rows if row.ring_id == ring]
        signs, command = signer(lives, now), ROTATE.format(ring=ring)
        if signs is None:
            yield fault("W012", ring=ring, database=using, command=command)
        elif signs.sign_from and signs.sign_until is None and now - signs.sign_from > interval:
            yield fault("W014", ring=ring, since=when(signs.sign_from), interval=interval, command=command)
