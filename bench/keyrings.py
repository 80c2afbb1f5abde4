"""What a changed keyring costs a process: 1 to 1,000 keys read anew, and a look when nothing has changed."""

from django_jwtkit import keys
from django_jwtkit.keys.snapshot import fresh, look_again, snapshot

from . import stage
from .rounds import Comparison, Contender

SIZES = (1, 10, 1000)
RING = "rebuilt-{}"


def comparisons() -> list[Comparison]:
    """A ring a size, each rebuilt from nothing: no key is parsed before a token names it."""
    for size in SIZES:
        stage.fill(RING.format(size), size)
    return [
        Comparison("keyring rebuild", [Contender(f"{size:,} keys", _rebuilding(size)) for size in SIZES]),
        Comparison(
            "keyring look, unchanged",
            [Contender(f"{size:,} keys", _looking(RING.format(size))) for size in SIZES],
        ),
    ]


def _rebuilding(size: int) -> object:
    ring = RING.format(size)

    def rebuild() -> None:
        keys.forget()
        if len(snapshot(ring).entries) != size:
            raise RuntimeError(f"{ring} does not hold {size} keys")

    return rebuild


def _looking(ring: str) -> object:
    look_again()
    return lambda: fresh(ring)
