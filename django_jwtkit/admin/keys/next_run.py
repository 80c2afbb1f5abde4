"""When `rotate_keys` last ran, and the plans that its next run would carry out, ring by ring."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_jwtkit import keys
from django_jwtkit.admin.dates import date, how_long, span
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import Plan, State
from django_jwtkit.wording import words_of

MOST: Final = 8  # sentences of one ring


@dataclass(frozen=True, slots=True)
class NextRun:
    """The faults of a ring's keys and its next plan in sentences; `error` where no plan can be made."""

    ring: str
    algorithm: str = ""
    faults: tuple[SafeString, ...] = ()
    sentences: tuple[SafeString, ...] = ()
    more: int = 0
    can_revoke: bool = False
    revokes: bool = False
    error: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to say of the ring: nothing is due, and nothing is wrong."""
        return not (self.sentences or self.faults or self.error)


def next_runs(rings: Collection[str]) -> list[NextRun]:
    """Return the next run of each ring, with a few queries for all of them."""
    plans: Mapping[str, Plan | JWTKitError]
    try:
        plans = keys.preview_all(rings)
    except JWTKitError as error:  # such as a scope that is not known: no ring can be planned
        plans = dict.fromkeys(rings, error)
    return [_next_run(ring, plans[ring]) for ring in rings]


def describe_last_run(last_run: datetime | None, now: datetime) -> SafeString | str:
    """Return when the job last ran, and how often it is to run; None for a ring that it has not seen."""
    facts: Mapping[str, object] = {"interval": how_long(conf().ROTATION_INTERVAL)}
    if last_run is None:
        return _("rotate_keys has not run yet in every ring; a run is promised within %(interval)s") % facts
    words = _("rotate_keys last ran {ago} ago, {at}; a run is promised within {interval}")
    return format_html(words, ago=span(now - last_run), at=date(last_run, now), **facts)


def _next_run(ring: str, plan: Plan | JWTKitError) -> NextRun:
    if isinstance(plan, JWTKitError):
        return NextRun(ring, error=sentence(words_of(plan)))
    words = [sentence(each) for each in plan.messages]
    return NextRun(
        ring,
        keys.policy(ring).algorithm,
        tuple(map(sentence, plan.faults.values())),
        tuple(words[:MOST]),
        more=max(len(words) - MOST, 0),
        revokes=bool(plan.revoked),
        can_revoke=any(key.state(plan.now) is not State.REVOKED for key in plan.before),
    )
