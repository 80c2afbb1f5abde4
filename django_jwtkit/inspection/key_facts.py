"""The key that a token names: its state, and why no token of it is accepted."""

from typing import Final, NamedTuple

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.jose import is_kid
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.keys.snapshots import fault_of
from django_jwtkit.keys.store import stored_keys, using
from django_jwtkit.wording import escape, when

from .findings import Rows

MAX_KID: Final = 128  # characters that a message shows
REVOKED: Final = "revoked"


class KeyFacts(NamedTuple):
    """The state of a key in words. `fault` is empty for a good one, `row` None for one out of sight."""

    row: StoredKey | None
    message: str
    fault: str
    is_denied: bool


def key_facts(kid: object, ring: str, visible: Rows | None) -> KeyFacts:
    """Return the facts about the key `kid`, for tokens of `ring`, if it is one of the `visible` ones."""
    is_denied = kid in conf().denied
    if not isinstance(kid, str) or not kid:
        return KeyFacts(None, "", "the header has no kid, which each of our tokens has", is_denied)
    row = _find(kid, visible)
    if row is None and visible is not None:  # there may be one that must not be told of
        return KeyFacts(None, f"kid {escape(kid, MAX_KID)!r}", "", is_denied)
    if row is None:
        return KeyFacts(None, "", f"no key of ours has the kid {escape(kid, MAX_KID)!r}", is_denied)
    message = f"{row.kid} ({row.alg}, ring {row.ring_id}) is {row.state()}"
    return KeyFacts(row, message, _fault(row, ring), is_denied)


def _find(kid: str, visible: Rows | None) -> StoredKey | None:
    if not is_kid(kid):
        return None
    rows = stored_keys() if visible is None else visible
    return next((row for row in rows.filter(kid=kid) if row.kid == kid), None)  # collations fold case


def _fault(row: StoredKey, ring: str) -> str:
    now = keys.now()
    if row.ring_id != ring:
        return f"its key is of ring {row.ring_id}, and such tokens are signed by ring {ring}"
    if row.revoked_at is not None:
        by, reason = _revoker(row), f": {escape(row.reason)}" if row.reason else ""
        return f"its key was revoked on {when(row.revoked_at)}{by}{reason}"
    if row.state(now) is State.EXPIRED:
        return f"its key expired on {when(row.verify_until)}, and so did all of its tokens"
    return fault_of(row, now)


def _revoker(row: StoredKey) -> str:
    events = KeyEvent.objects.using(using()).filter(kid=row.kid, ring_id=row.ring_id, action=REVOKED)
    who = events.values_list("who", flat=True).first()
    return f" by {escape(who)}" if who else ""
