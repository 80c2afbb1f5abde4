"""Finding a stored key by what a person types: a kid, or as much of its beginning as no other key has."""

from django.db import router
from django.db.models import QuerySet

from django_jwtkit.errors import UnknownKid
from django_jwtkit.wording import listed, nearest

from .models import StoredKey


def using() -> str:
    """The database of the keys: always the one that is written to, for a replica lags behind a revocation."""
    return router.db_for_write(StoredKey)


def stored_keys() -> QuerySet[StoredKey]:
    return StoredKey.objects.using(using())


def resolve(kid: str) -> StoredKey:
    """The key called `kid`, or the only one whose kid begins so. Raises `UnknownKid` with the nearest ones.

    Collations fold case and accents: what the database finds is compared again here.
    """
    found = (
        [row for row in stored_keys().filter(kid__startswith=kid) if row.kid.startswith(kid)] if kid else []
    )
    exact = [row for row in found if row.kid == kid]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if found:
        names = sorted(row.kid for row in found)
        raise UnknownKid(f"{kid!r} begins several kids: {', '.join(names)}. Give more of it.", names)
    known = list(stored_keys().order_by("-published_at").values_list("kid", flat=True)[:500])
    begins = {name[: len(kid)]: name for name in known}
    near = [begins[name] for name in nearest(kid, begins, most=3)]
    hint = f"Did you mean {listed(near, 'or')}?" if near else "See: manage.py list_keys"
    raise UnknownKid(f"There is no key {kid!r}. {hint}", near)
