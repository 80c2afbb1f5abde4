"""The health of one ring: which key signs, which is next, and what is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from shlex import quote
from typing import NamedTuple

from django_jwtkit.conf import Settings
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.planning import TRUSTED, Planned, Policy, by_turn, last_policy, next_key, signer
from django_jwtkit.keys.sealing import Judge, Verdict
from django_jwtkit.wording import Command
from django_jwtkit.wording import message as _

from .faults import fault
from .job import find_fault
from .values import Fault, KeyHealth, Kind, RingHealth


class JudgedKey(NamedTuple):
    """A living key, the verdict on its row, and what keeps it from its work; empty for nothing."""

    row: StoredKey
    verdict: Verdict
    fault: str


class _Line(NamedTuple):
    """The keys of a ring that count, by what they do at this moment."""

    signer: Planned | None
    next: Planned | None
    verifying: Sequence[Planned]


def describe_ring(judge: Judge, judged: Sequence[JudgedKey], now: datetime, settings: Settings) -> RingHealth:
    """Return the health of the ring of `judge` at `now`, whose living keys are `judged`."""
    name, usable = judge.address.ring, [each for each in judged if not each.verdict.tampered]
    policy = last_policy(name, judge.ring.algorithm)
    line = _line_up([each.row.planned() for each in usable], now, settings)
    describe = partial(_describe_key, policy=policy, pks={each.row.kid: each.row.pk for each in judged})
    return RingHealth(
        ring=name,
        use=policy.use,
        is_published=policy.publish,
        is_abandoned=policy.abandoned,
        signer=describe(line.signer) if line.signer else None,
        next=describe(line.next) if line.next else None,
        verifying=tuple(map(describe, line.verifying)),
        in_jwks=_count_public(usable, line.signer, policy, now, settings),
        states=Counter(each.row.state(now) for each in usable),
        faults=tuple(
            sorted((*_key_faults(judge, judged, line), *_ring_faults(judge, judged, line, now, settings)))
        ),
        last_run=judge.ring.last_run,
    )


def _line_up(usable: Sequence[Planned], now: datetime, settings: Settings) -> _Line:
    signs = _find_signer(usable, now, settings)
    others = tuple(key for key in usable if key is not signs and key.kid not in settings.denied)
    verifying = [key for key in others if key.state(now) in TRUSTED - {State.STANDBY}]
    return _Line(signs, next_key(others, now), verifying)


def _find_signer(usable: Sequence[Planned], now: datetime, settings: Settings) -> Planned | None:
    """Return the key that signs, by the rule of `keys.signing_key`: a denied key still has its turn."""
    turns = sorted((key for key in usable if key.sign_from), key=by_turn)
    soon = max(now + settings.CLOCK_SKEW, turns[0].begins) if turns else now
    begun = [key for key in turns if key.begins <= soon and key.kid not in settings.denied]
    return signer(begun, now, skew=settings.CLOCK_SKEW)


def _describe_key(key: Planned, *, policy: Policy, pks: Mapping[str, int]) -> KeyHealth:
    return KeyHealth(
        pk=pks[key.kid],
        kid=key.kid,
        algorithm=key.algorithm,
        begins=key.begins,
        known_from=key.published_at + policy.spread,
        verify_until=key.verify_until,
    )


def _count_public(
    usable: Sequence[JudgedKey], signs: Planned | None, policy: Policy, now: datetime, settings: Settings
) -> int:
    """Count the keys in the JWKS, by the rule of `keys.jwks`: of encryption keys only the active one."""
    if not policy.publish:
        return 0
    rows = [each.row for each in usable if each.row.public_jwk and not each.verdict.unjudged]
    trusted = [row for row in rows if row.state(now) in TRUSTED and row.kid not in settings.denied]
    return sum(policy.use == "sig" or (signs is not None and row.kid == signs.kid) for row in trusted)


def _key_faults(judge: Judge, judged: Sequence[JudgedKey], line: _Line) -> Iterator[Fault]:
    kinds = {line.next.kid: Kind.STANDBY} if line.next else {}
    kinds |= {line.signer.kid: Kind.SIGNER} if line.signer else {}
    for row, verdict, reason in judged:
        if reason:
            kind = Kind.TAMPERED if verdict.tampered else kinds.get(row.kid, Kind.VERIFIER)
            remedy = _move(judge) if judge.foreign else verdict.remedy
            ring = judge.address.ring
            yield fault(kind, ring=ring, kid=row.kid, use=row.use, reason=reason, remedy=remedy)


def _move(judge: Judge) -> str:
    command = Command(f"python manage.py reseal_keys --scope-was {quote(judge.ring.scope)}")
    return _("If KEYRING_SCOPE has changed: {command}", command=command)


def _ring_faults(
    judge: Judge, judged: Sequence[JudgedKey], line: _Line, now: datetime, settings: Settings
) -> Iterator[Fault]:
    ring, interval = judge.address.ring, settings.ROTATION_INTERVAL
    if ring not in settings.rings:
        return
    if line.signer is None:
        yield fault(Kind.NO_SIGNER, ring=ring, use=settings.rings[ring].use)
    elif line.next is None and now - line.signer.begins > interval:
        yield fault(Kind.NO_STANDBY, ring=ring, since=line.signer.begins)
    made_at = min((each.row.created_at for each in judged), default=None)
    if overdue := find_fault(judge.ring, made_at, now, settings):
        yield overdue
