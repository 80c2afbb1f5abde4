"""A project with a ring of keys for each tenant: a thousand tokens of one of them, or one of each."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.contrib.auth import get_user_model

from bench.rounds import Comparison, Contender
from django_jwtkit import keys, tokens
from django_jwtkit.jose import jwt
from django_jwtkit.tokens import TokenKind

from . import MANY_RINGS

Step = Callable[[str, TokenKind], object]


def comparisons() -> list[Comparison]:
    """Issue tokens, decode them by a ring's keys, and verify them a second time."""
    user = get_user_model().objects.create_user("tenant")
    kinds = [
        TokenKind(name, typ=f"{name}+jwt", lifetime=timedelta(hours=1), ring=name)
        for name in (f"tenant-{number}" for number in range(MANY_RINGS))
    ]
    steps: dict[str, Step] = {
        "issue": lambda _, kind: tokens.issue(user, kind=kind),
        "decode": _decode,
        "verify again": lambda text, kind: tokens.verify(text, kind=kind),
    }
    tenants = {"1 ring": kinds[:1] * MANY_RINGS, f"{MANY_RINGS:,} rings": kinds}
    tokens_by_name = {
        name: [(tokens.issue(user, kind=kind), kind) for kind in each] for name, each in tenants.items()
    }
    return [
        Comparison(f"{title} {MANY_RINGS:,} tokens", list(_contenders(step, tokens_by_name)))
        for title, step in steps.items()
    ]


def _contenders(
    step: Step, tokens_by_name: dict[str, Sequence[tuple[str, TokenKind]]]
) -> Iterator[Contender]:
    for name, pairs in tokens_by_name.items():
        yield Contender(name, lambda pairs=pairs: [step(text, kind) for text, kind in pairs])


def _decode(text: str, kind: TokenKind) -> object:
    ring = keys.keyring(kind.ring)
    return jwt.decode(text, ring, algorithms=ring.algorithms, typ=kind.typ)
