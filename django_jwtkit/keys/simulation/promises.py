"""The promises of rotation, measured in a year: the broken ones, or how close each came to breaking.

Rule 1: a key is published long enough before it signs. Rule 2: each turn has its full length. Rule 3: a key
is kept until its last token has expired.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from django_jwtkit.keys.planning import Planned, by_turn

from .traffic import Traffic
from .year import Year


class Promise(NamedTuple):
    """A promise about one key at `at`: `needed` is the least that its rule allows, `kept` is what it had."""

    name: str
    rule: str
    at: datetime
    kid: str
    needed: timedelta
    kept: timedelta

    @property
    def spare(self) -> timedelta:
        """How much more was kept than needed; negative where the promise was broken."""
        return self.kept - self.needed

    @property
    def is_broken(self) -> bool:
        return self.spare < timedelta(0)


PUBLISHED: Final = (
    "published long enough before it signs",
    "PUBLISH_BEFORE >= SIGNING_MAX_AGE + JWKS_MAX_AGE + CONSUMER_CACHE + CLOCK_SKEW",
)
TURN: Final = "followed by the next one in time", "ROTATE_EVERY >= PUBLISH_BEFORE + ROTATION_INTERVAL"
OUTLIVES: Final = "kept until its last token has expired", "verify_until >= the last exp + LEEWAY"


def check_promises(year: Year, traffic: Traffic) -> list[Promise]:
    """Return the broken promises by their date; where none is broken, the tightest of each kind."""
    promises = [*_check_publication(year), *_check_turns(year), *_check_last_tokens(year, traffic)]
    broken = sorted((promise for promise in promises if promise.is_broken), key=attrgetter("at"))
    by_spare = sorted(promises, key=attrgetter("spare"), reverse=True)
    return broken or list({promise.name: promise for promise in by_spare}.values())


def _line(year: Year) -> list[Planned]:
    trusted = [key for key in year.keys if key.revoked_at is None and key.sign_from is not None]
    signed = [key for key in trusted if key.sign_from and key.sign_from <= year.end]
    return sorted(signed, key=by_turn)


def _check_publication(year: Year) -> Iterator[Promise]:
    """Check rule 1, except for the first key of a ring: there were no consumers yet."""
    for key in _line(year)[1:]:
        yield Promise(*PUBLISHED, key.begins, key.kid, year.policy.spread, key.begins - key.published_at)


def _check_turns(year: Year) -> Iterator[Promise]:
    """Check rule 2, except for turns that a dead job or the lost standby has made longer."""
    for key, successor in pairwise(_line(year)):
        turn = successor.begins - key.begins
        if not _is_disturbed(year, key.begins, successor.begins):
            yield Promise(*TURN, successor.begins, key.kid, turn, year.policy.rotate_every)


def _is_disturbed(year: Year, begin: datetime, end: datetime) -> bool:
    if year.revoked is not None and begin <= year.revoked[0] <= end:
        return True
    return any(outage.start <= end and begin <= outage.end for outage in year.outages)


def _check_last_tokens(year: Year, traffic: Traffic) -> Iterator[Promise]:
    """Check rule 3."""
    for key in year.keys:
        last = traffic.last.get(key.kid)
        if last is None or key.sign_until is None or key.verify_until is None:
            continue
        needed = last + year.settings.LEEWAY - key.sign_until
        yield Promise(*OUTLIVES, key.verify_until, key.kid, needed, key.verify_until - key.sign_until)
