"""What a ring vouches for: the MACs of its trusted keys, so that no earlier content of a row comes back."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, cast

from django_jwtkit.keys.sealing.derived_keys import SealingKey, sealing_keys
from django_jwtkit.keys.store import VOUCHED_RING, Address, Ring, StoredKey

from .macs import Mac, read_macs, ring_mac, row_mac, write_macs

VOUCHED: Final = "vouched"  # the action in the history


def newest_key() -> SealingKey:
    """Return the sealing key that seals and vouches. Raises `SealingKeyLost`."""
    return next(iter(sealing_keys().values()))


def sign_row(row: StoredKey, address: Address) -> str:
    """Return the MAC of `row` under the newest sealing key, for its column. Raises `SealingKeyLost`."""
    return str(row_mac(row, address, newest_key()))


def vouch(ring: Ring, address: Address, macs: Mapping[str, str]) -> dict[str, object]:
    """Return the columns with which `ring` vouches for the keys with these `macs`, by kid, and for no others.

    The ring is authenticated under the newest sealing key, and under each other one here that one of its rows
    rests under: a host that has only that one still goes on with that row. Raises `SealingKeyLost`.
    """
    keys, newest = sealing_keys(), newest_key()
    under = {Mac.parse(text).key_id for text in macs.values()} - {newest.id}
    others = [key for key in keys.values() if key.id in under]
    voucher = json.dumps(dict(sorted(macs.items())), ensure_ascii=True, separators=(",", ":"))
    next_ring = Ring(name=ring.name, algorithm=ring.algorithm, serial=ring.serial + 1, voucher=voucher)
    return {
        "scope": address.scope,
        "serial": next_ring.serial,
        "voucher": next_ring.voucher,
        "macs": write_macs(ring_mac(next_ring, address, key) for key in (newest, *others)),
    }


def vouched_for(ring: Ring) -> Mapping[str, str]:
    """Return the MACs of the keys that `ring` vouches for, by kid. It must be authentic."""
    return cast("dict[str, str]", json.loads(ring.voucher)) if ring.voucher else {}


def is_new_to(ring: Ring) -> bool:
    """Whether it is not the newest entry of `SEALING_KEYS` that `ring` is first of all vouched for under.

    Hosts may have them in different orders for a while: each turn is noted in the history.
    """
    newest = newest_key()
    return newest.is_own and next(iter(read_macs(ring.macs)), "") != newest.id


def sentences(keys: Iterable[SealingKey]) -> Mapping[str, str]:
    """Return the ids of `keys` by what the history says where a ring is first vouched for under each."""
    return {VOUCHED_RING.format(key_id=key.id): key.id for key in keys}
