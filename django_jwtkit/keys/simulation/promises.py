"""What a year promised and kept: the first promise that broke, or how far each was from breaking."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from django_jwtkit.keys.planning import Planned, begin_of

from .traffic import Traffic
from .year import Year


class Promise(NamedTuple):
    """`needed` and `kept` of one key at `at`; what is kept is at least what is needed, or it is broken."""

    name: str
    rule: str
    at: datetime
    kid: str
    needed: timedelta
    kept: timedelta

    @property
    def spare(self) -> timedelta:
        return self.kept - self.needed

    @property
    def broken(self) -> bool:
        return self.spare < timedelta(0)


KNOWN: Final = (
    "published long enough before it signs",
    "PUBLISH_BEFORE >= SIGNING_MAX_AGE + JWKS_MAX_AGE + CONSUMER_CACHE + CLOCK_SKEW",
)
TURN: Final = "followed by the next one in time", "ROTATE_EVERY >= PUBLISH_BEFORE + ROTATION_INTERVAL"
OUTLIVES: Final = "kept until its last token has expired", "verify_until >= the last exp + LEEWAY"


def promises(year: Year, traffic: Traffic) -> list[Promise]:
    """The broken promises by their date; where none is, the tightest of each kind."""
    found = [*_known(year), *_turns(year), *_outlives(year, traffic)]
    broken = sorted((one for one in found if one.broken), key=lambda one: one.at)
    tightest = {one.name: one for one in sorted(found, key=lambda one: one.spare, reverse=True)}
    return broken or list(tightest.values())


def _line(year: Year) -> list[Planned]:
    trusted = [key for key in year.keys if key.revoked_at is None and key.sign_from is not None]
    signed = [key for key in trusted if key.sign_from and key.sign_from <= year.end]
    return sorted(signed, key=begin_of)


def _known(year: Year) -> Iterator[Promise]:
    """Rule 1. The first key of a ring has nobody to be known by."""
    for key in _line(year)[1:]:
        begin = begin_of(key)
        yield Promise(*KNOWN, begin, key.kid, year.policy.spread, begin - key.published_at)


def _turns(year: Year) -> Iterator[Promise]:
    """Rule 2. A turn that the dead job or the lost standby has made longer is no broken promise."""
    for key, heir in pairwise(_line(year)):
        begin, end = begin_of(key), begin_of(heir)
        if not _disturbed(year, begin, end):
            yield Promise(*TURN, end, key.kid, end - begin, year.policy.rotate_every)


def _disturbed(year: Year, begin: datetime, end: datetime) -> bool:
    if year.revoked is not None and begin <= year.revoked[0] <= end:
        return True
    return any(outage.start <= end and begin <= outage.end for outage in year.outages)


def _outlives(year: Year, traffic: Traffic) -> Iterator[Promise]:
    """Rule 3."""
    for key in year.keys:
        last = traffic.last.get(key.kid)
        if last is None or key.sign_until is None or key.verify_until is None:
            continue
        needed = last + year.settings.LEEWAY - key.sign_until
        yield Promise(*OUTLIVES, key.verify_until, key.kid, needed, key.verify_until - key.sign_until)
