"""Rates as the REST framework writes them: "10/min" is ten in a minute."""

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
        """Return the rate in `text`. Raises `ValueError`.

        The REST framework reads only the first letter of a period, so it takes "10/month" for ten a minute.
        """
        match = _RATE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError('must be "<number>/<second, minute, hour or day>", for example "10/min"')
        return cls(int(match["limit"]), PERIODS[match["period"][0]])
