"""What a numbered fault consists of."""

from typing import NamedTuple


class Fault(NamedTuple):
    """A message and a hint with the remedy; the check that reports it fills in the `{names}`."""

    message: str
    hint: str
