"""The sources of tokens, and the examination of a token of each."""

from collections.abc import Callable, Mapping
from typing import Final

from django_jwtkit.inspection.findings import Examination, Rows
from django_jwtkit.inspection.reading import Presented

from . import foreign, own, simplejwt

EXAMINERS: Final[Mapping[str, Callable[[Presented, Rows | None], Examination]]] = {
    "own": own.examine,
    "issuer": foreign.examine,
    "simplejwt": simplejwt.examine,
}
"""By the names of `transport.SOURCES`, and `transport.OWN`."""

__all__ = ["EXAMINERS"]
