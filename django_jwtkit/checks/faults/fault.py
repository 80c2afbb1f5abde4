"""One numbered fault."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What a fault says, and what would fix it; `{names}` are filled in by the check that finds it."""

    message: str
    hint: str
