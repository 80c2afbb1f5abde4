"""The states of a key as conditions on its row, so that the database does the filtering.

`keys.planning.Life.state` defines the states; a test compares the two.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import F, Q, Value

from django_jwtkit.db import UTCDateTimeField
from django_jwtkit.keys import State


def _trusted(now: datetime) -> Q:
    """Match rows that are neither revoked nor expired; no column holds `verify_until`."""
    latest_end = Value(now, UTCDateTimeField()) - F("max_lifetime") - F("margin")
    signing, other = (
        Q(sign_from__isnull=False, sign_until__gte=latest_end),
        Q(sign_from=None, sign_until__gte=now),
    )
    return Q(revoked_at=None) & (Q(sign_until=None) | signing | other)


def _expired(now: datetime) -> Q:
    latest_end = Value(now, UTCDateTimeField()) - F("max_lifetime") - F("margin")
    signing, other = (
        Q(sign_from__isnull=False, sign_until__lt=latest_end),
        Q(sign_from=None, sign_until__lt=now),
    )
    return Q(revoked_at=None) & (signing | other)


CONDITIONS: Final[Mapping[State, Callable[[datetime], Q]]] = {
    State.STANDBY: lambda now: _trusted(now) & Q(sign_from__gt=now),
    State.ACTIVE: lambda now: (
        _trusted(now) & Q(sign_from__lte=now) & (Q(sign_until=None) | Q(sign_until__gt=now))
    ),
    State.RETIRED: lambda now: _trusted(now) & Q(sign_from__lte=now, sign_until__lte=now),
    State.VERIFY_ONLY: lambda now: _trusted(now) & Q(sign_from=None),
    State.EXPIRED: _expired,
    State.REVOKED: lambda now: Q(revoked_at__isnull=False),
}
