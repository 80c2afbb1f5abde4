"""Where rings and keys are: a name says nothing alone, for each database and scope has rings of its own."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, cast

from django.db import router
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.text import get_text_list

from django_jwtkit import db, event_loops
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import InsideEventLoop, ScopeUnknown, UnknownKid
from django_jwtkit.wording import message as _
from django_jwtkit.wording import nearest

from .models import StoredKey

MAX_SCOPE: Final = 255  # characters


using: Final[Callable[[], str]] = partial(router.db_for_write, StoredKey)
"""Return the database of the keys: always the one that is written to, for a replica lags behind a revocation.
"""


def stored_keys() -> QuerySet[StoredKey]:
    return StoredKey.objects.using(using())


class Address(NamedTuple):
    """One ring of one store. Whatever a process remembers of a ring is filed under this, never under less."""

    alias: str
    scope: str
    ring: str

    @property
    def store(self) -> "Store":
        return Store(self.alias, self.scope)


class Store(NamedTuple):
    """The keys of one database and, inside it, of one scope: a schema, a tenant. `scope` is empty for all."""

    alias: str
    scope: str

    def ring(self, name: str) -> Address:
        return Address(self.alias, self.scope, name)

    @property
    def tag(self) -> str:
        """A short name for the keys of a shared cache, which take no blanks and no long texts."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:32]


def current_store(settings: Settings | None = None) -> Store:
    """Return the store that is meant just now, which a router and `KEYRING_SCOPE` choose for each request.

    Ask once for each operation and hand the answer down. Raises `ScopeUnknown`.
    """
    return Store(using(), current_scope(settings or conf()))


def current_scope(settings: Settings) -> str:
    """Return what `KEYRING_SCOPE` names now, empty without that setting.

    Raises `ScopeUnknown`, and `InsideEventLoop` in a running event loop: django-tenants, for one, keeps the
    schema with the thread of the connection, and another thread's may be that of everybody.
    """
    path = settings.KEYRING_SCOPE
    if path is not None and event_loops.is_running():
        raise InsideEventLoop(
            f"JWTKIT['KEYRING_SCOPE'] = {path!r} must not be asked in a running event loop, whose thread may "
            f"name another tenant. Use: await {db.TWINS['tokens.verify']}(…)"
        )
    return "" if path is None else _scope_by(path)


def _scope_by(path: str) -> str:
    try:
        scope = cast("Callable[[], object]", import_string(path))()
    except Exception as error:  # the project's own code, which may raise anything
        raise ScopeUnknown(
            _(
                "JWTKIT['KEYRING_SCOPE'] = {path!r} raised {kind}.",
                path=path,
                kind=type(error).__name__,
            )
        ) from error
    if not isinstance(scope, str) or not 0 < len(scope) <= MAX_SCOPE or not scope.isprintable():
        raise ScopeUnknown(
            _(
                "JWTKIT['KEYRING_SCOPE'] = {path!r} must return 1 to {limit} printable characters, got "
                "{scope}.",
                path=path,
                limit=MAX_SCOPE,
                scope=f"str of {len(scope)} characters" if isinstance(scope, str) else type(scope).__name__,
            )
        )
    return scope


def is_home(alias: str) -> bool:
    """Whether keys belong into the database `alias`, or into each of several that a router chooses from.

    That is where they are written just now, and wherever a router says in so many words that our tables
    should be. Without an opinion of any router, Django would create them in every database.
    """
    return alias == using() or _is_chosen(alias)


def _is_chosen(alias: str) -> bool:
    options = StoredKey._meta
    for each in router.routers:
        allow = getattr(each, "allow_migrate", None)
        hints = {"model_name": options.model_name, "model": StoredKey}
        allowed = None if allow is None else allow(alias, options.app_label, **hints)
        if allowed is not None:
            return bool(allowed)
    return False


@db.asks_database("keys.resolve")
def resolve(kid: str) -> StoredKey:
    """Return the key called `kid`, or the only one whose kid begins so.

    Raises `UnknownKid`, which names the nearest ones. Collations fold case and accents, so the rows are
    compared again here.
    """
    candidates = stored_keys().filter(kid__startswith=kid) if kid else ()
    rows = [row for row in candidates if row.kid.startswith(kid)]
    exact = [row for row in rows if row.kid == kid]
    if exact or len(rows) == 1:
        return (exact or rows)[0]
    if rows:
        names = sorted(row.kid for row in rows)
        raise UnknownKid(f"{kid!r} begins several kids: {', '.join(names)}. Give more of it.", names)
    kids = list(stored_keys().order_by("-published_at").values_list("kid", flat=True)[:500])
    begins = {name[: len(kid)]: name for name in kids}
    near = [begins[name] for name in nearest(kid, begins, most=3)]
    hint = f"Did you mean {get_text_list(near)}?" if near else "See: manage.py list_keys"
    raise UnknownKid(f"There is no key {kid!r}. {hint}", near)
