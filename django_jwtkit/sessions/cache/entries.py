"""The entries of `SESSION_CACHE`: text under a MAC, so that a writer of the cache can't make any up.

An entry says that the session has ended, or that it was alive, with which stamp, and until when that is
believed. The end is part of the entry: put back after a logout it is as old as it was. The MAC covers the
name of the entry too, so one session's entry is none of another's, nor another tenant's.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.debug import sensitive_variables

ALIVE_FOR: Final = 10  # seconds
TOLERANCE: Final = 1  # seconds by which the writer's clock may be ahead of the reader's
SALT: Final = "django_jwtkit.sessions.cache/v1"
ENDED: Final = "ended"
TOMBSTONE: Final = "\0ended"  # what `read` returns for it: no stamp, those are hashes or empty


@sensitive_variables()
def alive(name: str, stamp: str, until: float) -> str:
    """Return the entry `name` of a session that is believed to live `until` then (a NumericDate)."""
    return _signed(name, f"alive {round(until * 1000)} {stamp}")


def ended(name: str) -> str:
    """Return the entry `name` of a session that has ended."""
    return _signed(name, ENDED)


@sensitive_variables()
def read(name: str, entry: object, now: datetime) -> str | None:
    """Return the stamp in `entry`, `TOMBSTONE`, or None for one that is not ours or that is over."""
    if not isinstance(entry, str):
        return None
    mac, _, body = entry.partition(" ")
    if not _is_ours(mac, name, body):
        return None
    if body == ENDED:
        return TOMBSTONE
    _, until, stamp = body.split(" ", 2)
    rest = int(until) / 1000 - now.timestamp()
    return stamp if 0 < rest <= ALIVE_FOR + TOLERANCE else None


@sensitive_variables()
def _signed(name: str, body: str) -> str:
    return f"{_mac(name, body, settings.SECRET_KEY)} {body}"


@sensitive_variables()
def _is_ours(mac: str, name: str, body: str) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return True in [constant_time_compare(mac, _mac(name, body, secret)) for secret in secrets]


@sensitive_variables()
def _mac(name: str, body: str, secret: str | bytes) -> str:
    return salted_hmac(SALT, f"{name}\0{body}", secret=secret, algorithm="sha256").hexdigest()
