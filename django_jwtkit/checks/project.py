"""The settings and the project around them: paths, the user model, caches, kinds of token, apps, tenants."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, register
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.core.management import find_commands, get_commands
from django.db.models import Field, ForeignKey, Model
from django.utils.module_loading import import_string

from django_jwtkit.conf import Settings
from django_jwtkit.tokens import kinds
from django_jwtkit.tokens.users import PK
from django_jwtkit.wording import did_you_mean

from .faults import TAG, fault
from .values import sound

PATHS: Final = ("CLAIMS_FUNCTION", "USER_LOADER", "CLIENT_ADDRESS", "KEYRING_SCOPE")
COMMANDS: Final = tuple(sorted(find_commands(str(Path(__file__).parents[1] / "management"))))
"""Our commands: those in the folder that Django searches too."""
OURS: Final = "django_jwtkit"
INSTALLED_AS: Final = (OURS, "django_jwtkit.apps.JWTKitConfig")
# Packages whose database backends have a schema a tenant, on one alias.
BY_SCHEMA: Final = frozenset({"django_tenants", "tenant_schemas", "django_pgschemas"})


@register(TAG)
def check_paths(**_: object) -> list[CheckMessage]:
    """E011: dotted paths that lead nowhere."""
    asked = sound()
    if asked is None:
        return []
    told = {name: getattr(asked, name) for name in PATHS}
    wrong = {name: _unimportable(path) for name, path in told.items() if path is not None}
    return [fault("E011", name=name, path=told[name], reason=why) for name, why in wrong.items() if why]


def _unimportable(path: str) -> str | None:
    try:
        found = import_string(path)
    except (ImportError, ValueError, TypeError) as error:  # ValueError: an empty module name, as in ".f"
        return str(error)
    return None if callable(found) else "it cannot be called"


@register(TAG)
def check_user_id_field(**_: object) -> list[CheckMessage]:
    """E012, E013, W003: `sub` must name one user, today and in ten years."""
    asked = sound()
    if asked is None:
        return []
    try:
        model = get_user_model()
    except ImproperlyConfigured:
        return []  # AUTH_USER_MODEL is broken: django.contrib.auth says so
    key = model._meta.pk
    if key is not None and asked.USER_ID_FIELD in {PK, key.attname}:  # two names of one field
        return [fault("W003", model=model.__name__, field=key.name)] if key.name in _passing(model) else []
    return list(_user_id_field(model, asked.USER_ID_FIELD))


def _user_id_field(model: type[Model], name: str) -> Iterator[CheckMessage]:
    options = model._meta
    about = {"model": model.__name__, "field": name}
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        good = [one.name for one in options.concrete_fields if one.unique and not one.null]
        yield fault("E012", known=", ".join(one for one in good if one not in _passing(model)), **about)
        return
    if isinstance(field, ForeignKey) and name != field.attname:
        yield fault("E013", wrong="a relation", mend="a column of its own", **about)
    elif not isinstance(field, Field) or not _unique(model, field):
        yield fault("E013", wrong="not unique", mend="unique", **about)
    elif field.null:
        yield fault("E013", wrong="allowed to be null", mend="not null", **about)
    if field.name in _passing(model):
        yield fault("W003", **about)


def _passing(model: type[Model]) -> set[object]:
    """The fields that name another person tomorrow."""
    return {getattr(model, "USERNAME_FIELD", None), getattr(model, "EMAIL_FIELD", None)}


def _unique(model: type[Model], field: "Field[object, object]") -> bool:
    options = model._meta
    alone = any(tuple(one.fields) == (field.name,) for one in options.total_unique_constraints)
    return field.unique or alone


@register(TAG)
def check_names(**_: object) -> list[CheckMessage]:
    """E014, E015: a cache and kinds of token that exist."""
    asked = sound()
    return [] if asked is None else [*_cache(asked), *_kinds(asked)]


def _cache(asked: Settings) -> Iterator[CheckMessage]:
    if asked.SESSION_CACHE is not None and asked.SESSION_CACHE not in settings.CACHES:
        yield fault("E014", alias=asked.SESSION_CACHE, known=", ".join(settings.CACHES))


def _kinds(asked: Settings) -> Iterator[CheckMessage]:
    known = frozenset(kind.name for kind in kinds.known())
    for name in asked.ENCRYPT:
        if name not in known:
            yield fault("E015", name=name, hint=did_you_mean(name, sorted(known)))


@register(TAG)
def check_commands(**_: object) -> list[CheckMessage]:
    """W005: another app's command of the same name, which Django prefers."""
    if not apps.is_installed(OURS):
        return []
    owners = get_commands()
    strangers = {name: owners[name] for name in COMMANDS if owners.get(name, OURS) != OURS}
    return [fault("W005", command=name, app=_name(owner)) for name, owner in strangers.items()]


def _name(owner: object) -> str:
    return owner if isinstance(owner, str) else type(owner).__module__


@register(TAG)
def check_tenants(**_: object) -> list[CheckMessage]:
    """E021, E022: schemas that share a memory, and a function that can't say whose keys are meant."""
    asked = sound()
    if asked is None:
        return []
    if asked.KEYRING_SCOPE is not None:
        return list(_function(asked.KEYRING_SCOPE))
    schemas = [alias for alias, row in settings.DATABASES.items() if _package(row) in BY_SCHEMA]
    return [fault("E021", database=alias) for alias in schemas if set(INSTALLED_AS) & set(_apps_of_tenants())]


def _package(database: Mapping[str, object]) -> str:
    return str(database.get("ENGINE", "")).partition(".")[0]


def _apps_of_tenants() -> Iterator[str]:
    yield from getattr(settings, "TENANT_APPS", ())
    for name in ("TENANT_TYPES", "TENANTS"):
        for kind in cast("Mapping[str, Mapping[str, Iterable[str]]]", getattr(settings, name, {})).values():
            yield from kind.get("APPS", ())


def _function(path: str) -> Iterator[CheckMessage]:
    try:
        function = import_string(path)
    except (ImportError, ValueError, TypeError):
        return  # E011
    if not callable(function):
        return
    if inspect.iscoroutinefunction(function):
        yield fault("E022", path=path, wrong="is a coroutine function")
    elif not _takes_nothing(function):
        yield fault("E022", path=path, wrong="needs arguments")


def _takes_nothing(function: object) -> bool:
    try:
        inspect.signature(cast("type", function)).bind()
    except TypeError:
        return False
    except ValueError:  # a built-in function without a signature
        return True
    return True
