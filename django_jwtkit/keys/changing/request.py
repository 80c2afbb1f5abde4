"""A change of a ring as its caller asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django_jwtkit.jose import Key
from django_jwtkit.keys.planning import Keys, Plan, Situation
from django_jwtkit.keys.store import Address, Author

Change = Callable[[Keys, Situation], Keys]


@dataclass(frozen=True, slots=True)
class Request:
    """The ring at `address`, and the `change` that it is to undergo.

    `kids` are to be revoked, `supplied` are keys that are imported instead of made. `check` may raise before
    anything is done. Without `now` the database's time counts, as it is after each wait.
    """

    address: Address
    change: Change
    author: Author
    now: datetime | None = None
    kids: frozenset[str] = frozenset()
    supplied: Mapping[str, Key] = field(default_factory=dict)
    check: Callable[[Plan], None] | None = None
    force: bool = False  # replace a ring of another scope, too
