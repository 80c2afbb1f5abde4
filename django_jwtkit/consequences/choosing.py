"""All keys that rest under one sealing key: they are revoked together when that has leaked."""

from collections.abc import Iterable

from django.utils.translation import gettext_noop

from django_jwtkit.errors import SealingKeyInUse, SealingKeyLost
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.sealing import sealed_under, sealing_keys
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.wording import Count, Message
from django_jwtkit.wording import message as _


def sealed_rows(sealing_key: str, rows: Iterable[StoredKey] | None = None) -> list[StoredKey]:
    """Return the keys sealed under `sealing_key` that are not revoked, of `rows` or of all."""
    rows = stored_keys().exclude(sealed="").filter(revoked_at=None) if rows is None else rows
    return [row for row in rows if row.revoked_at is None and sealed_under(row) == sealing_key]


def refuse_newest(sealing_key: str) -> None:
    """Raise `SealingKeyInUse` if new keys would be sealed under `sealing_key` too."""
    try:
        newest = next(iter(sealing_keys()))
    except SealingKeyLost:  # nothing can be sealed here, so no new key will be sealed under it
        return
    if newest == sealing_key:
        raise SealingKeyInUse(
            _(
                "Refused, nothing was done: {sealing_key} is still the newest sealing key, and new keys "
                "would be sealed under it too. Put another in front of it in JWTKIT['SEALING_KEYS'], "
                "restart, and try again.",
                sealing_key=sealing_key,
            )
        )


def find_remaining(sealing_key: str) -> Message | None:
    """Look once more: another host may have sealed keys under the leaked one in the meantime."""
    remaining = sealed_rows(sealing_key)
    if not remaining:
        return None
    text = gettext_noop(
        "Another host has sealed {number} under {sealing_key}: it is still the newest sealing key of some "
        "host. Restart every host with the new settings, then run this again."
    )
    return Message(text, {"number": Count(len(remaining), "new key"), "sealing_key": sealing_key})
