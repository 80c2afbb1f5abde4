"""Revocations of one or many keys: foreseen, and carried out. The keys of a ring end by one plan."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.keys import Plan, StoredKey
from django_jwtkit.keys.store import stored_keys

from .effects import Consequences
from .logins import LoggedOut


def foresee(rows: Iterable[StoredKey], reason: str) -> list[Consequences]:
    """Return what each revocation means, ring by ring. Raises the errors of `keys.preview_revocation`."""
    settings, by_ring = conf(), attrgetter("ring_id")
    consequences = []
    for _, group in groupby(sorted(rows, key=by_ring), key=by_ring):
        together = sorted(group, key=attrgetter("published_at"))
        plan = keys.preview_revocation(*(row.kid for row in together), reason=reason)
        consequences += [Consequences(row, plan, LoggedOut.by([row], plan.now), settings) for row in together]
    return consequences


def foresee_rotation(plan: Plan) -> list[Consequences]:
    """Return what a rotation means for each key that its `plan` revokes."""
    rows = stored_keys().filter(kid__in=plan.revoked).order_by("published_at") if plan.revoked else ()
    settings = conf()
    return [Consequences(row, plan, LoggedOut.by([row], plan.now), settings) for row in rows]


def logged_out_by_all(consequences: Sequence[Consequences]) -> LoggedOut:
    """Return how many logins all the revocations together end: a user of several keys counts once."""
    if not any(each.logged_out.sessions for each in consequences):
        return LoggedOut()
    return LoggedOut.by((each.row for each in consequences), consequences[0].plan.now)


def carry_out(consequences: Sequence[Consequences], *, reason: str, by: str, source: str) -> list[Plan]:
    """Revoke the keys, those of a ring in one transaction. Raises the errors of `keys.revoke`."""
    return [
        keys.revoke(*(each.row.kid for each in together), reason=reason, by=by, source=source)
        for _, together in groupby(consequences, key=attrgetter("row.ring_id"))
    ]


def latest_end(consequences: Iterable[Consequences]) -> datetime | None:
    """Return until when consumers that expire their cache may accept tokens of a key; None for never."""
    return max((each.remote_until for each in consequences if each.remote_until is not None), default=None)
