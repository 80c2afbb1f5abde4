"""Two tenants in this process: a database each, or a schema each in one database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from django.core.management import call_command
from django.db import connection, connections

from django_jwtkit import keys
from tests.support.scratch import empty_databases

NAMES = ("acme", "globex")
here = threading.local()


class ByDatabase:
    """Sends every query to the database of the tenant that is current in this thread."""

    def db_for_read(self, *_, **__):
        return getattr(here, "alias", None)

    db_for_write = db_for_read

    def allow_relation(self, *_, **__):
        return True

    def allow_migrate(self, db, *_, **__):
        return db in {"default", *NAMES, "schemas"}


class Tenants:
    """The two of them; `enter` makes one current in this thread."""

    settings: ClassVar[dict[str, object]] = {}

    def enter(self, name: str) -> None:
        here.name = here.alias = name

    def alias(self, name: str) -> str:
        return name

    def kids(self, name: str) -> set[str]:
        """The key IDs in the rows of a tenant, which becomes the current one."""
        self.enter(name)
        return set(keys.StoredKey.objects.using(self.alias(name)).values_list("kid", flat=True))


class Schemas(Tenants):
    """Both in one database: the connection's search path tells them apart, and `KEYRING_SCOPE` names it."""

    settings: ClassVar[dict[str, object]] = {"KEYRING_SCOPE": f"{__name__}.schema"}

    def enter(self, name: str) -> None:
        here.alias, here.name = "schemas", name
        with connections["schemas"].cursor() as cursor:
            cursor.execute(f"SET search_path TO {name}")

    def alias(self, name: str) -> str:
        return "schemas"


def schema() -> str:
    """The scope of the tests' schemas."""
    return str(here.name)


def leave() -> None:
    """Be in no tenant, as a process that has just started."""
    vars(here).clear()


@contextmanager
def migrated(tenants: Tenants, folder: Path) -> Iterator[None]:
    """Make the databases and their tables; the keys come with `migrate`."""
    aliases = ["schemas"] if isinstance(tenants, Schemas) else list(NAMES)
    with empty_databases(folder, *aliases) as databases:
        for alias, database in zip(aliases, databases, strict=True):
            connections.settings[alias] = {**connection.settings_dict, "NAME": database}
        try:
            _migrate(tenants)
            yield
        finally:
            for alias in aliases:
                connections[alias].close()
                del connections[alias], connections.settings[alias]
            leave()


def _migrate(tenants: Tenants) -> None:
    for name in NAMES:
        if isinstance(tenants, Schemas):
            with connections["schemas"].cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA {name}")
            tenants.enter(name)
        call_command("migrate", database=tenants.alias(name), verbosity=0, interactive=False)
