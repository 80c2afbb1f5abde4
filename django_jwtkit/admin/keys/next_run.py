"""The plans that the next run of `rotate_keys` would carry out, ring by ring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString

from django_jwtkit import keys
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import next_key
from django_jwtkit.wording import words_of

MOST = 8  # sentences of one ring


@dataclass(frozen=True, slots=True)
class NextRun:
    """The faults of a ring's keys and its next plan in sentences; `error` where no plan can be made."""

    ring: str
    algorithm: str
    faults: tuple[SafeString, ...] = ()
    sentences: tuple[SafeString, ...] = ()
    more: int = 0
    lacks_next: bool = False
    can_revoke: bool = False
    error: str = ""


def next_runs(rings: Iterable[str]) -> Iterator[NextRun]:
    """Yield the next run of each ring."""
    for ring in rings:
        try:
            plan = keys.preview(ring)
            faults, words = (
                tuple(map(sentence, plan.faults.values())),
                [sentence(each) for each in plan.messages],
            )
            yield NextRun(
                ring,
                keys.policy(ring).algorithm,
                faults,
                tuple(words[:MOST]),
                more=max(len(words) - MOST, 0),
                lacks_next=next_key(plan.before, plan.now) is None,
                can_revoke=any(key.state(plan.now) is not State.REVOKED for key in plan.before),
            )
        except JWTKitError as error:
            yield NextRun(ring, "", error=sentence(words_of(error)))
