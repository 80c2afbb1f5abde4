"""Rates as DRF writes them: "10/min" is ten in a minute."""

import re
from typing import Final, NamedTuple

PERIODS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}  # seconds
_RATE: Final = re.compile(
    r"(?P<limit>[0-9]{1,9})/(?P<period>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:rs?|ours?)?|d(?:ays?)?)",
    re.ASCII,
)


class Rate(NamedTuple):
    """At most `limit` in `seconds`."""

    limit: int
    seconds: int

    @classmethod
    def parse(cls, text: object) -> "Rate":
        """Return what `text` says. Raises `ValueError`.

        DRF reads the first letter of a period alone: to it, "10/month" is ten a minute.
        """
        found = _RATE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError('must be "<whole number>/<second, minute, hour or day>", "10/min" say')
        return cls(int(found["limit"]), PERIODS[found["period"][0]])
