"""What the next run of `rotate_keys` would do, ring by ring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django_jwtkit import keys
from django_jwtkit.errors import JWTKitError


@dataclass(frozen=True, slots=True)
class Outlook:
    """A ring and the sentences of its next plan; `error` where none can be made."""

    ring: str
    algorithm: str
    sentences: tuple[str, ...] = ()
    error: str = ""


def outlooks(rings: Iterable[str]) -> Iterator[Outlook]:
    for ring in rings:
        try:
            yield Outlook(ring, keys.policy(ring).algorithm, keys.preview(ring).sentences())
        except JWTKitError as error:
            yield Outlook(ring, "", error=str(error))
