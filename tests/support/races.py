"""How large the races are, and the table of what came out.

`JWTKIT_RACES=full pytest -s -m race` runs them in full size and prints a row for each, as do `.ci/run` and
`tox -e races-sqlite,races-postgresql,races-mariadb`. Else they are small, and run among all other tests.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

FULL: Final = os.environ.get("JWTKIT_RACES") == "full"
HEAD: Final = f"{'race':<22} {'database':<11} {'size':<9} {'made':>5} {'errors':>7} {'seconds':>8}"


class Size(NamedTuple):
    """So many processes (or clients) do it so many times, all at the same moment."""

    many: int
    rounds: int

    def __str__(self) -> str:
        return f"{self.many} x {self.rounds}"


class _Sizes(NamedTuple):
    small: Size
    full: Size


SIZES: Final = {
    "rotation": _Sizes(Size(6, 10), Size(16, 40)),
    "first start": _Sizes(Size(6, 1), Size(16, 10)),
    "revocation": _Sizes(Size(6, 2), Size(16, 10)),
    "revocation, rotation": _Sizes(Size(6, 3), Size(16, 20)),
    "import": _Sizes(Size(6, 2), Size(16, 10)),
    "promise": _Sizes(Size(6, 2), Size(16, 10)),
    "refresh": _Sizes(Size(20, 5), Size(50, 200)),
}


def size(race: str) -> Size:
    return SIZES[race].full if FULL else SIZES[race].small


class Count:
    """The result of a race. `total` counts keys, or generations of a session."""

    total = errors = 0


@contextmanager
def counted(race: str) -> Iterator[Count]:
    """Count what comes out, and print its row of the table, also of a race that has failed."""
    from django.db import connection

    count, began = Count(), time.perf_counter()
    try:
        yield count
    finally:
        spent = time.perf_counter() - began
        database = {"mysql": "mariadb"}.get(connection.vendor, connection.vendor)
        row = f"{race:<22} {database:<11} {size(race)!s:<9} {count.total:>5} {count.errors:>7} {spent:>8.1f}"
        print(f"\n{HEAD}\n{row}")
