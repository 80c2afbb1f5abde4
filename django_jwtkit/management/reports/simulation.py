"""A simulated year in words: its mishaps, its tokens, and the promises that were kept or broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django_jwtkit.keys.simulation import WRONG_CLOCKS, Promise, Traffic, Year
from django_jwtkit.management.layout import Verbatim
from django_jwtkit.wording import day, how_long, iso, plural, when

from .chart import Ink, timeline

MAX_BARS: Final = 24


def simulation_lines(
    year: Year, traffic: Traffic, promises: Sequence[Promise], *, width: int, ink: Ink
) -> Iterator[str]:
    yield from _describe_year(year)
    yield from ("", *_describe_traffic(traffic))
    yield from ("", *_describe_promises(promises))
    chart = timeline(year.keys[-MAX_BARS:], year.end, width=width, ink=ink)
    yield from ("", *map(Verbatim, chart))


def _describe_year(year: Year) -> Iterator[str]:
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
        yield outage.start, f"the job fails for {how_long(outage.end - outage.start)}"
    if year.revoked is not None:
        moment, kid = year.revoked
        yield moment, f"{kid} is revoked, just before its turn"


def _describe_traffic(traffic: Traffic) -> Iterator[str]:
    own = traffic.tokens - len(traffic.to_consumers)
    yield (
        f"Tokens: {traffic.tokens}, of which {own} were presented to our own servers and "
        f"{len(traffic.to_consumers)} to consumers of the JWKS."
    )
    yield f"Rejected: {len(traffic.rejected)}"
    for why, count in traffic.reasons.most_common():
        yield f"  {count}: {why}"
    if share := traffic.worst_share():
        yield f"  Before consumers knew a key, they rejected {share:.0%} of its tokens."


def _describe_promises(promises: Sequence[Promise]) -> Iterator[str]:
    if promises and promises[0].is_broken:
        first = promises[0]
        yield f"The first broken promise: on {when(first.at)} a key was not {first.name}."
        yield f"  {first.kid}: {how_long(first.kept)}, where {how_long(first.needed)} are needed."
        yield f"  The rule: {first.rule}"
        return
    yield "Every promise was kept. The tightest of each kind, and its rule:"
    for promise in promises:
        kept, needed = how_long(promise.kept), how_long(promise.needed)
        yield f"  A key is {promise.name}: {kept}, of which {needed} were needed."
        yield f"    {promise.rule}"


def simulation_data(year: Year, traffic: Traffic, promises: Sequence[Promise]) -> dict[str, object]:
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
