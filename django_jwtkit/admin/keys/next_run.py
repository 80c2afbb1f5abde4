"""The plans that the next run of `rotate_keys` would carry out, ring by ring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django_jwtkit import keys
from django_jwtkit.errors import JWTKitError


@dataclass(frozen=True, slots=True)
class NextRun:
    """The faults of a ring's keys and its next plan in sentences; `error` where no plan can be made."""

    ring: str
    algorithm: str
    faults: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    error: str = ""


def next_runs(rings: Iterable[str]) -> Iterator[NextRun]:
    for ring in rings:
        try:
            plan = keys.preview(ring)
            yield NextRun(ring, keys.policy(ring).algorithm, tuple(plan.faults.values()), plan.sentences())
        except JWTKitError as error:
            yield NextRun(ring, "", error=str(error))
