"""Where a ring is: its name alone says nothing, for each database and each scope has rings of its own."""

from typing import NamedTuple

from .resolving import using


class Address(NamedTuple):
    """One ring of one store. Whatever a process remembers of a ring is filed under this, never under less."""

    alias: str
    scope: str
    ring: str

    @property
    def store(self) -> "Store":
        return Store(self.alias, self.scope)


class Store(NamedTuple):
    """The keys of one database and, inside it, of one scope: a schema, a tenant."""

    alias: str
    scope: str

    def ring(self, name: str) -> Address:
        return Address(self.alias, self.scope, name)


def current_store() -> Store:
    """Return the store that is meant just now: a router may answer differently for each request."""
    return Store(using(), "")
