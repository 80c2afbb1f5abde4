"""The states of a key as conditions on its row, so that the database does the filtering and the sorting.

`keys.planning.Life.state` defines the states; a test compares the two.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Case, F, IntegerField, Q, Value, When

from django_jwtkit.db import UTCDateTimeField
from django_jwtkit.keys import State


def trusted_rows(now: datetime) -> Q:
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
    State.STANDBY: lambda now: trusted_rows(now) & Q(sign_from__gt=now),
    State.ACTIVE: lambda now: (
        trusted_rows(now) & Q(sign_from__lte=now) & (Q(sign_until=None) | Q(sign_until__gt=now))
    ),
    State.RETIRED: lambda now: trusted_rows(now) & Q(sign_from__lte=now, sign_until__lte=now),
    State.VERIFY_ONLY: lambda now: trusted_rows(now) & Q(sign_from=None),
    State.EXPIRED: _expired,
    State.REVOKED: lambda now: Q(revoked_at__isnull=False),
}


def ended_rows(now: datetime) -> Q:
    """Match rows that nobody trusts any more."""
    return _expired(now) | Q(revoked_at__isnull=False)


def group_of(now: datetime) -> Case:
    """Return 0 for a key that signs or will sign, 1 for one that only verifies, 2 for one that has ended."""
    in_use = CONDITIONS[State.ACTIVE](now) | CONDITIONS[State.STANDBY](now)
    return _cases(When(in_use, then=Value(0)), When(trusted_rows(now), then=Value(1)), default=2)


def turn_of(now: datetime) -> Case:
    """Return 1 for a standby, which comes after the active key of its ring, and 0 for all others."""
    return _cases(When(CONDITIONS[State.STANDBY](now), then=Value(1)), default=0)


def place_of_ring(rings: Iterable[str]) -> Case:
    """Return the place of a key's ring in `rings`, as the settings and the overview have them."""
    rings = list(rings)
    places = (When(ring_id=ring, then=place) for place, ring in enumerate(rings))
    return _cases(*places, default=len(rings))


def _cases(*cases: When, default: int) -> Case:
    return Case(*cases, default=Value(default), output_field=IntegerField())
