"""`simulate_rotation`: a year of these settings in a second, before it is lived through."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys, moments
from django_jwtkit.conf import Settings
from django_jwtkit.keys.simulation import (
    WRONG_CLOCKS,
    Promise,
    Traffic,
    Year,
    check_promises,
    send_tokens,
    simulate_year,
)
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.input.overrides import with_changes
from django_jwtkit.management.reports.chart import ASCII, BLOCKS, timeline
from django_jwtkit.wording import day, how_long, iso, plural, when

MOST_DAYS: Final = 3660
MOST_BARS: Final = 24


class Command(base.Command):
    """Pure arithmetic: nothing is asked of the database, and nothing is changed."""

    help = (
        "Lives through a virtual year of key rotation: several servers, consumers that cache the JWKS, a job "
        "that fails. Says how many good tokens were rejected (0 under sound settings; else exit 1) and which "
        "promise broke first."
    )
    requires_system_checks = ()  # unsound settings are what it is for

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", default="access", help="The ring to live through; default: access.")
        parser.add_argument("--days", type=int, default=365, help="How long; default: 365.")
        parser.add_argument("--seed", type=int, default=0, help="Another seed, other mishaps.")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="Another setting than yours: ROTATE_EVERY=30d, CONSUMER_CACHE=36h, ALGORITHM=RS256.",
        )

    def report(self, *, ring: str, days: int, seed: int, **options: Any) -> Report:
        if not 1 <= days <= MOST_DAYS:
            raise base.usage(f"--days {days}: give 1 to {MOST_DAYS}.", "simulate_rotation")
        settings, chance = _settings(options["set"]), Random(seed)  # noqa: S311 - guards nothing
        policy = keys.policy(ring, settings)
        base.known_algorithm(policy, policy.algorithm, "simulate_rotation")
        start = moments.now().replace(hour=0, minute=0, second=0, microsecond=0)
        year = simulate_year(ring, settings, start=start, days=days, random=chance)
        traffic = send_tokens(year, chance)
        promises = check_promises(year, traffic)
        failed = f"{plural(len(traffic.rejected), 'good token')} rejected." if traffic.rejected else ""
        lines = [*_told(year), "", *_counted(traffic), "", *_kept(promises), "", *self._picture(year)]
        return Report(lines=lines, data=_data(year, traffic, promises), failed=failed)

    def _picture(self, year: Year) -> list[str]:
        ink = BLOCKS if self.can_show("".join(BLOCKS)) else ASCII
        latest = year.keys[-MOST_BARS:]
        return timeline(latest, year.end, width=shutil.get_terminal_size((100, 24)).columns, ink=ink)


def _settings(assignments: Sequence[str]) -> Settings:
    try:
        return with_changes(assignments)
    except ValueError as error:
        raise base.usage(f"--set: {error}", "simulate_rotation") from error


def _told(year: Year) -> Iterator[str]:
    policy = year.policy
    count = plural(len(year.changeovers()), "changeover")
    yield (
        f"Ring {policy.ring} ({policy.algorithm}), {plural((year.end - year.start).days, 'day')} from "
        f"{day(year.start)}: {count}, the job every {how_long(year.step)}, "
        f"on {len(WRONG_CLOCKS)} hosts whose clocks are wrong by up to {how_long(max(WRONG_CLOCKS))}."
    )
    yield from (f"  {when(moment)}  {mishap}" for moment, mishap in sorted(_mishaps(year)))


def _mishaps(year: Year) -> Iterator[tuple[datetime, str]]:
    for outage in year.outages:
        yield outage.start, f"the job is dead, for {how_long(outage.end - outage.start)}"
    if year.revoked is not None:
        moment, kid = year.revoked
        yield moment, f"{kid} is revoked, just before its turn"


def _counted(traffic: Traffic) -> Iterator[str]:
    own = traffic.tokens - len(traffic.to_consumers)
    yield (
        f"Tokens: {traffic.tokens}, of which {own} were shown to our own servers and "
        f"{len(traffic.to_consumers)} to consumers of the JWKS."
    )
    yield f"Rejected: {len(traffic.rejected)}"
    for why, count in traffic.reasons.most_common():
        yield f"  {count}: {why}"
    if share := traffic.worst_share():
        yield f"  While consumers had not heard of a key, they rejected {share:.0%} of its tokens."


def _kept(promises: Sequence[Promise]) -> Iterator[str]:
    if promises and promises[0].is_broken:
        first = promises[0]
        yield f"The first broken promise: on {when(first.at)} a key was not {first.name}."
        yield f"  {first.kid}: {how_long(first.kept)}, where {how_long(first.needed)} are needed."
        yield f"  The rule: {first.rule}"
        return
    yield "Every promise was kept. The tightest of each kind, and what would have broken it:"
    for promise in promises:
        kept, needed = how_long(promise.kept), how_long(promise.needed)
        yield f"  A key is {promise.name}: {kept}, of which {needed} were needed."
        yield f"    {promise.rule}"


def _data(year: Year, traffic: Traffic, promises: Sequence[Promise]) -> dict[str, object]:
    return {
        "ring": year.policy.ring,
        "days": (year.end - year.start) // timedelta(days=1),
        "changeovers": [iso(moment) for moment in year.changeovers()],
        "outages": [[iso(outage.start), iso(outage.end)] for outage in year.outages],
        "tokens": traffic.tokens,
        "rejected": len(traffic.rejected),
        "reasons": dict(traffic.reasons),
        "worst_share": round(traffic.worst_share(), 4),
        "first_broken": next((_promise(promise) for promise in promises if promise.is_broken), None),
        "promises": [_promise(promise) for promise in promises],
    }


def _promise(promise: Promise) -> dict[str, object]:
    return {
        "promise": promise.name,
        "rule": promise.rule,
        "kid": promise.kid,
        "at": iso(promise.at),
        "needed": promise.needed.total_seconds(),
        "kept": promise.kept.total_seconds(),
    }
