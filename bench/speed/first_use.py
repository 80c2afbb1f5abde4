"""The first token that a process verifies: it reads the keys, and parses the one that has signed."""

from collections.abc import Callable

from bench.project import stage
from bench.project.settings import ALGORITHMS
from bench.rounds import Comparison, Contender
from django_jwtkit import keys, tokens

from .costs import kind_of

TITLE = "tokens.verify, the first token of a process"
FIRST = "ES256"  # which the others are compared with


def comparisons() -> list[Comparison]:
    """Compare the algorithms."""
    user, others = stage.user(), [each for each in ALGORITHMS if each != FIRST]
    contenders = []
    for algorithm in (FIRST, *others):
        kind = kind_of(algorithm)
        contenders.append(Contender(algorithm, _verifying(tokens.issue(user, kind=kind), kind)))
    return [Comparison(TITLE, contenders)]


def _verifying(text: str, kind: tokens.TokenKind) -> Callable[[], object]:
    def verify() -> object:
        keys.forget()
        return tokens.verify(text, kind=kind)

    return verify
