"""Tenants with keys of their own, and the function that tells the current tenant."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from django.conf import settings as project
from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings

INSTALLED_AS: Final = ("django_jwtkit", "django_jwtkit.apps.JWTKitConfig")
# Packages whose database backends have a schema for each tenant, on one alias.
BY_SCHEMA: Final = frozenset({"django_tenants", "tenant_schemas", "django_pgschemas"})


@register(TAG)
def check_tenants(**_: object) -> list[CheckMessage]:
    """E021, E022: schemas that would share cached keys, and a scope function that cannot be called."""
    settings = valid_settings()
    if settings is None:
        return []
    if settings.KEYRING_SCOPE is not None:
        return list(_function(settings.KEYRING_SCOPE))
    aliases = [alias for alias, database in project.DATABASES.items() if _package(database) in BY_SCHEMA]
    return [fault("E021", database=alias) for alias in aliases if set(INSTALLED_AS) & set(_apps_of_tenants())]


def _package(database: Mapping[str, object]) -> str:
    return str(database.get("ENGINE", "")).partition(".")[0]


def _apps_of_tenants() -> Iterator[str]:
    yield from getattr(project, "TENANT_APPS", ())
    for name in ("TENANT_TYPES", "TENANTS"):
        for kind in cast("Mapping[str, Mapping[str, Iterable[str]]]", getattr(project, name, {})).values():
            yield from kind.get("APPS", ())


def _function(path: str) -> Iterator[CheckMessage]:
    try:
        function = import_string(path)
    except (ImportError, ValueError, TypeError):
        return  # E011 reports it
    if not callable(function):
        return
    if inspect.iscoroutinefunction(function):
        yield fault("E022", path=path, wrong="is a coroutine function")
    elif not _can_be_called_bare(function):
        yield fault("E022", path=path, wrong="needs arguments")


def _can_be_called_bare(function: object) -> bool:
    try:
        inspect.signature(cast("type", function)).bind()
    except TypeError:
        return False
    except ValueError:  # a built-in function without a signature
        return True
    return True
