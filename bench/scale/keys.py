"""Rings of ten keys and of ten thousand, live and archived, in SQLite in memory."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from itertools import cycle

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client

from bench.project import stage
from bench.rounds import Comparison, Contender
from django_jwtkit import keys, tokens
from django_jwtkit.errors import UnknownKey
from django_jwtkit.keys.snapshots import get_snapshot, take_snapshot
from django_jwtkit.tokens import TokenKind

from . import FEW_KEYS, MANY_KEYS, PAGE_OF_KEYS

POOL = 1200  # more tokens than are cached
ALIVE, ARCHIVED = "holds-{}", "archived-{}"

Call = Callable[[], object]


def comparisons() -> list[Comparison]:
    """Return the steps of each token, then the steps of a rotation and of the admin."""
    sizes = (FEW_KEYS, MANY_KEYS)
    for size in sizes:
        stage.fill(ALIVE.format(size), size, algorithm="ES256")
    for size in (*sizes, PAGE_OF_KEYS):
        stage.fill(ARCHIVED.format(size), size, algorithm="ES256", archived=True)
    stage.rotate()
    user = get_user_model().objects.create_user("somebody")
    return [
        *(_compared(title, ALIVE, sizes, partial(run, user)) for title, run in PER_TOKEN.items()),
        *(_compared(f"{title}, all live", ALIVE, sizes, run) for title, run in PER_RING.items()),
        *(
            _compared(f"{title}, nearly all archived", ARCHIVED, sizes, run)
            for title, run in PER_RING.items()
        ),
        _compared("the admin's list of keys", ARCHIVED, (PAGE_OF_KEYS, MANY_KEYS), _list),
    ]


def _compared(title: str, ring: str, sizes: Iterable[int], step: Callable[[str], Call]) -> Comparison:
    return Comparison(title, [Contender(f"{size:,} keys", step(ring.format(size))) for size in sizes])


def _kind(ring: str) -> TokenKind:
    return TokenKind(ring, typ=f"{ring}+jwt", lifetime=timedelta(hours=1), ring=ring)


def _issue(user: AbstractBaseUser, ring: str) -> Call:
    kind = _kind(ring)
    return lambda: tokens.issue(user, kind=kind)


def _verify(user: AbstractBaseUser, ring: str, pool: int = POOL) -> Call:
    kind = _kind(ring)
    texts = cycle([tokens.issue(user, kind=kind) for _ in range(pool)])
    return lambda: tokens.verify(next(texts), kind=kind)


def _verify_again(user: AbstractBaseUser, ring: str) -> Call:
    return _verify(user, ring, 1)


def _refuse(_: AbstractBaseUser, ring: str) -> Call:
    def refuse() -> None:
        try:
            keys.keyring(ring).find({"alg": "RS256", "kid": "unknown"})
        except UnknownKey:
            return
        raise RuntimeError("an unknown key ID was found")

    return refuse


def _look(_: AbstractBaseUser, ring: str) -> Call:
    return lambda: take_snapshot(ring)


def _rebuild(ring: str) -> Call:
    def rebuild() -> object:
        keys.forget()
        return get_snapshot(ring)

    return rebuild


def _plan(ring: str) -> Call:
    return lambda: keys.preview(ring)


def _list(ring: str) -> Call:
    browser, address = Client(), f"/admin/jwtkit/storedkey/?ring__name__exact={ring}"
    admin, _ = get_user_model().objects.get_or_create(username="admin", is_staff=True, is_superuser=True)
    browser.force_login(admin)
    return lambda: browser.get(address)


PER_TOKEN: dict[str, Callable[[AbstractBaseUser, str], Call]] = {
    "issue a token": _issue,
    "verify a new token": _verify,
    "verify a repeated token": _verify_again,
    "refuse an unknown key ID": _refuse,
    "check whether the ring has changed": _look,
}
PER_RING: dict[str, Callable[[str], Call]] = {
    "reload the keys": _rebuild,
    "plan a rotation": _plan,
}
