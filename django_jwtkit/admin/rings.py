"""What the next run of `rotate_keys` would do, ring by ring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django_jwtkit import keys
from django_jwtkit.errors import JWTKitError


@dataclass(frozen=True, slots=True)
class Outlook:
    """A ring, what is wrong with its keys, and its next plan in sentences; `error` where none can be made."""

    ring: str
    algorithm: str
    faults: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    error: str = ""


def outlooks(rings: Iterable[str]) -> Iterator[Outlook]:
    for ring in rings:
        try:
            plan = keys.preview(ring)
            yield Outlook(ring, keys.policy(ring).algorithm, tuple(plan.faults.values()), plan.sentences())
        except JWTKitError as error:
            yield Outlook(ring, "", error=str(error))
