"""The health of one ring: which key signs, which is next, and what is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from shlex import quote
from typing import NamedTuple

from django_jwtkit.conf import Settings
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import TRUSTED, Planned, Policy, last_policy, next_key
from django_jwtkit.keys.sealing import Judge
from django_jwtkit.wording import Command
from django_jwtkit.wording import message as _

from .faults import fault
from .job import find_fault
from .standing import Standing
from .values import Fault, KeyHealth, Kind, RingHealth


class _Line(NamedTuple):
    """The keys of a ring that count, by what they do at this moment."""

    signer: Standing | None
    next: Planned | None
    verifying: Sequence[Planned]


def describe_ring(judge: Judge, keys: Sequence[Standing], now: datetime, settings: Settings) -> RingHealth:
    """Return the health of the ring of `judge` at `now`, whose living keys are `judged`."""
    name, usable = judge.address.ring, [each for each in keys if not each.key.tampered]
    policy = last_policy(name, judge.ring.algorithm)
    line = _line_up(usable, now)
    describe = partial(_describe_key, policy=policy, pks={each.row.kid: each.row.pk for each in keys})
    return RingHealth(
        ring=name,
        use=policy.use,
        is_published=policy.publish,
        is_abandoned=policy.abandoned,
        signer=describe(line.signer.key) if line.signer else None,
        instead_of=line.signer.instead_of if line.signer else "",
        next=describe(line.next) if line.next else None,
        verifying=tuple(map(describe, line.verifying)),
        in_jwks=_count_public(usable, policy, now),
        states=Counter(each.state(now) for each in usable),
        faults=tuple(
            sorted((*_key_faults(judge, keys, line), *_ring_faults(judge, keys, line, now, settings)))
        ),
        last_run=judge.ring.last_run,
    )


def _line_up(usable: Sequence[Standing], now: datetime) -> _Line:
    signs = next((each for each in usable if each.signs), None)
    others = tuple(each.key for each in usable if each is not signs and not each.key.denied)
    verifying = [key for key in others if key.state(now) in TRUSTED - {State.STANDBY}]
    return _Line(signs, next_key(others, now), verifying)


def _describe_key(key: Planned, *, policy: Policy, pks: Mapping[str, int]) -> KeyHealth:
    return KeyHealth(
        pk=pks[key.kid],
        kid=key.kid,
        algorithm=key.algorithm,
        begins=key.begins,
        known_from=key.published_at + policy.spread,
        verify_until=key.verify_until,
    )


def _count_public(usable: Sequence[Standing], policy: Policy, now: datetime) -> int:
    """Count the keys in the JWKS, by the rule of `keys.jwks`: of encryption keys only the active one."""
    if not policy.publish:
        return 0
    judged = [each for each in usable if each.row.public_jwk and each.key.judged and not each.key.denied]
    trusted = [each for each in judged if each.key.state(now) in TRUSTED]
    return sum(policy.use == "sig" or each.signs for each in trusted)


def _key_faults(judge: Judge, keys: Sequence[Standing], line: _Line) -> Iterator[Fault]:
    kinds = {line.next.kid: Kind.STANDBY} if line.next else {}
    kinds |= {line.signer.row.kid: Kind.SIGNER} if line.signer else {}
    for each in keys:
        if each.fault:
            about = {"ring": judge.address.ring, "kid": each.row.kid, "use": each.row.use}
            kind = _kind_of(each.key) or kinds.get(each.row.kid, Kind.VERIFIER)
            yield fault(kind, reason=each.fault, remedy=_remedy(judge, each), **about)


def _kind_of(key: Planned) -> Kind | None:
    """Return the kind of a fault that is the same for a key with any work."""
    if key.tampered:
        return Kind.TAMPERED
    return Kind.DENIED if key.denied else None


def _remedy(judge: Judge, each: Standing) -> str:
    """Return what helps against the fault of a key; empty for the usual remedy."""
    if judge.foreign:
        return _move(judge)
    if each.key.denied and not each.key.tampered:
        command = Command(f"python manage.py rotate_keys --ring {judge.address.ring}")
        return _(
            "Run: {command}, which revokes it. If it is denied by mistake, take it out of DENY_KIDS in the "
            "settings first.",
            command=command,
        )
    return each.verdict.remedy


def _move(judge: Judge) -> str:
    command = Command(f"python manage.py reseal_keys --scope-was {quote(judge.ring.scope)}")
    return _("If KEYRING_SCOPE has changed: {command}", command=command)


def _ring_faults(
    judge: Judge, keys: Sequence[Standing], line: _Line, now: datetime, settings: Settings
) -> Iterator[Fault]:
    ring, interval = judge.address.ring, settings.ROTATION_INTERVAL
    if ring not in settings.rings:
        return
    if line.signer is None:
        yield fault(Kind.NO_SIGNER, ring=ring, use=settings.rings[ring].use)
    elif line.next is None and now - line.signer.key.begins > interval:
        yield fault(Kind.NO_STANDBY, ring=ring, since=line.signer.key.begins)
    made_at = min((each.row.created_at for each in keys), default=None)
    if overdue := find_fault(judge.ring, made_at, now, settings):
        yield overdue
