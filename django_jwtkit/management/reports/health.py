"""The health of all keys: the verdict first, then what is wrong, then one line a ring."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from django_jwtkit.health import Health, KeyHealth, RingHealth, SealingHealth
from django_jwtkit.keys.planning import short
from django_jwtkit.wording import about, day, iso, plural, when

UNHEALTHY: Final = "The keys are not healthy."
ENCRYPTS: Final = {"enc": ("encrypts", "decrypts", "decrypt")}
SIGNS: Final = ("signs", "verifies", "verify")


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
    does, _, verify = ENCRYPTS.get(ring.use, SIGNS)
    parts = [f"{short(ring.signer.kid)} {does} since {day(ring.signer.begins)}"] if ring.signer else []
    if not ring.signer and not ring.is_abandoned:
        parts.append(f"no key {does}")
    if ring.next:
        parts.append(_next(ring, ring.next, now))
    if ring.verifying:
        until = f" until {day(ring.verifying_until)}" if ring.verifying_until else ""
        parts.append(f"{ring.verifying} more {verify if ring.verifying > 1 else f'{verify}s'}{until}")
    if ring.faults:
        parts.insert(0, plural(len(ring.faults), "fault").upper())
    name = f"{ring.ring} (not in the settings)" if ring.is_abandoned else ring.ring
    return f"{name}: {'; '.join(parts)}."


def _next(ring: RingHealth, key: KeyHealth, now: datetime) -> str:
    turn = f"next {short(key.kid)} in {about(key.begins - now)}"
    if not ring.is_published or key.known_from <= now:
        return turn
    return f"{turn}, known to all in {about(key.known_from - now)}"


def _verdict(health: Health) -> Iterator[str]:
    if health.is_ok:
        change = health.next_change
        yield f"All is in order.{_soon(change, health.now) if change else ''}"
    for _, faults in groupby(health.faults, key=attrgetter("kind")):
        first, *others = faults
        yield f"WRONG: {first.message}"
        yield f"  {first.remedy}"
        if others:
            yield f"  {plural(len(others), 'more case')}: python manage.py keys_status --json"


def _soon(ring: RingHealth, now: datetime) -> str:
    return f" Next change: {ring.ring} in {about((ring.next_at or now) - now)}."


def _sealing(sealing: SealingHealth) -> str:
    if sealing.id is None:
        return "Sealing: the sealing keys can't be read."
    missing = f"; {sealing.missing} under one that is missing" if sealing.missing else ""
    return f"Sealing: {sealing.keys} of {plural(sealing.total, 'key')} under {sealing.id}{missing}."


def _ago(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else f"{about(now - moment)} ago ({when(moment)})"
