"""The cost of a keyring in a process: reloading 1 to 1,000 keys, and a check when nothing has changed."""

from collections.abc import Callable
from unittest.mock import patch

from bench.project import stage
from bench.rounds import Comparison, Contender
from django_jwtkit import keys
from django_jwtkit.jose import Key
from django_jwtkit.keys.snapshots import get_snapshot, note_change, take_snapshot
from django_jwtkit.keys.store import current_store

SIZES = (1, 10, 1000)
RING = "rebuilt-{}"


def comparisons() -> list[Comparison]:
    """Compare rings by size, each rebuilt from nothing: no key is parsed before a token names it."""
    for size in SIZES:
        stage.empty(RING.format(size))
        stage.fill(RING.format(size), size)
    return [
        Comparison("keyring rebuild", [Contender(label(size), rebuilding(size)) for size in SIZES]),
        Comparison("keyring check, unchanged", [Contender(label(size), _looking(size)) for size in SIZES]),
    ]


def counts() -> dict[str, int]:
    """Return how many keys, private or public, a rebuild of the largest ring parses."""
    with patch.object(Key, "from_dict", side_effect=Key.from_dict) as parsing:
        rebuilding(SIZES[-1])()
    return {f"keys parsed by a rebuild of {SIZES[-1]:,}": parsing.call_count}


def label(size: int) -> str:
    return "1 key" if size == 1 else f"{size:,} keys"


def rebuilding(size: int) -> Callable[[], None]:
    """Return a call that forgets all keys and reloads a ring of `size`."""
    ring = RING.format(size)

    def rebuild() -> None:
        keys.forget()
        if len(get_snapshot(ring).entries) != size:
            raise RuntimeError(f"{ring} does not hold {size} keys")

    return rebuild


def _looking(size: int) -> Callable[[], object]:
    ring = RING.format(size)
    note_change(current_store().ring(ring))
    return lambda: take_snapshot(ring)
