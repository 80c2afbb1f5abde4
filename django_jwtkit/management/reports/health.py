"""The health of all keys: the verdict first, then what is wrong, then one line a ring."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from django_jwtkit.health import Fault, Health, RingHealth, SealingHealth
from django_jwtkit.keys.planning import short
from django_jwtkit.wording import about, day, iso, plural, when

UNHEALTHY: Final = "The keys are not healthy."


class _Words(NamedTuple):
    """The work of a ring's keys; `verifies` of one key, and of several."""

    sign: str
    signs: str
    verifies: tuple[str, str]


SIGNS: Final = _Words("sign", "signs", ("verifies", "verify"))
ENCRYPTS: Final = _Words("encrypt", "encrypts", ("decrypts", "decrypt"))


def health_lines(health: Health) -> Iterator[str]:
    """Yield the verdict, the faults with their remedies, the job, the sealing keys, and the rings."""
    yield from _verdict(health)
    yield ""
    yield f"Last run of rotate_keys: {_ago(health.last_run, health.now)}."
    yield _sealing(health.sealing)
    yield ""
    for ring in sorted(health.rings, key=lambda ring: not ring.faults):
        yield describe_ring(ring, health.now)


def describe_health(health: Health) -> dict[str, object]:
    """Return the health for programs."""
    return {
        "ok": health.is_ok,
        "rings": [
            {
                "ring": ring.ring,
                "signer": ring.signer.kid if ring.signer else None,
                "next": ring.next.kid if ring.next else None,
                "next_at": iso(ring.next_at),
                "faults": list(map(str, ring.faults)),
                "last_run": iso(ring.last_run),
            }
            for ring in health.rings
        ],
        "last_run": iso(health.last_run),
        "sealing": {
            "id": health.sealing.id,
            "keys": health.sealing.keys,
            "missing": health.sealing.missing,
        },
    }


def describe_ring(ring: RingHealth, now: datetime) -> str:
    """Return a ring in words: which key signs, which is next, how many others verify."""
    words = ENCRYPTS if ring.use == "enc" else SIGNS
    parts = [
        _signs(ring, words, now),
        _next(ring, now),
        _others(ring, words),
        plural(len(ring.faults), "fault") if ring.faults else "",
    ]
    name = f"{ring.ring} (not in the settings)" if ring.is_abandoned else ring.ring
    return f"{name}: {'; '.join(filter(None, parts))}."


def _signs(ring: RingHealth, words: _Words, now: datetime) -> str:
    if ring.signer is None:
        return "" if ring.is_abandoned else f"no key {words.signs}"
    if ring.is_faulty(ring.signer):
        return f"{short(ring.signer.kid)} CAN'T {words.sign.upper()}"
    name = short(ring.signer.kid)
    if ring.is_standing_in(now):
        place = f"in the place of {short(ring.instead_of)}" if ring.instead_of else "before its turn"
        return f"{name} {words.signs} now, {place}"
    return f"{name} {words.signs} since {day(ring.signer.begins)}"


def _next(ring: RingHealth, now: datetime) -> str:
    if ring.next is None:
        return (
            "the next run of rotate_keys makes the next key" if ring.signer and not ring.is_abandoned else ""
        )
    turn = f"next {short(ring.next.kid)} in {about(ring.next.begins - now)}"
    if ring.is_faulty(ring.next):
        return f"{turn}, CAN'T BE USED"
    if not ring.is_published or ring.next.known_from <= now:
        return turn
    return f"{turn}, known to all in {about(ring.next.known_from - now)}"


def _others(ring: RingHealth, words: _Words) -> str:
    if not ring.verifying:
        return ""
    until = f" until {day(ring.verifying_until)}" if ring.verifying_until else ""
    return f"{len(ring.verifying)} more {words.verifies[len(ring.verifying) > 1]}{until}"


def _verdict(health: Health) -> Iterator[str]:
    if health.is_ok:
        change = health.next_change
        yield f"All is in order.{_soon(change, health.now) if change else ''}"
    for _, faults in groupby(health.faults, key=attrgetter("kind")):
        first, *others = faults
        yield f"WRONG: {first.message}"
        yield f"  {first.remedy}"
        yield from (_repeat(other, first) for other in others)


def _repeat(other: Fault, first: Fault) -> str:
    """Return a line about a fault of the same kind: what it has of its own."""
    reason = f": {other.reason.rstrip('.')}" if other.reason else ""
    remedy = "" if other.remedy == first.remedy else f" {other.remedy}"
    return f"  The same in ring {other.ring}{reason}.{remedy}"


def _soon(ring: RingHealth, now: datetime) -> str:
    return f" Next change: {ring.ring} in {about((ring.next_at or now) - now)}."


def _sealing(sealing: SealingHealth) -> str:
    if sealing.id is None:
        return "Sealing: the sealing keys can't be read."
    missing = f"; {sealing.missing} under one that is missing" if sealing.missing else ""
    return f"Sealing: {sealing.keys} of {plural(sealing.total, 'key')} under {sealing.id}{missing}."


def _ago(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else f"{about(now - moment)} ago ({when(moment)})"
