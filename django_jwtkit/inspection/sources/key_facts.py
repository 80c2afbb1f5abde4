"""The key that a token names: its state, and why no token of it is accepted."""

from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.inspection.findings import Rows
from django_jwtkit.jose import is_kid
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.keys.snapshots import fault_of
from django_jwtkit.keys.store import stored_keys, using
from django_jwtkit.wording import Code, Message, Reason, escape
from django_jwtkit.wording import message as _

MAX_KID: Final = 128  # characters that a message shows
REVOKED: Final = "revoked"
OTHER_RING: Final = gettext_noop("its key is of ring {ring}, and such tokens are signed by ring {expected}")
REVOCATIONS: Final = {
    (False, False): gettext_noop("its key was revoked on {moment}"),
    (False, True): gettext_noop("its key was revoked on {moment}: {reason}"),
    (True, False): gettext_noop("its key was revoked on {moment} by {who}"),
    (True, True): gettext_noop("its key was revoked on {moment} by {who}: {reason}"),
}
"""By whether the author is known, and the reason."""


class KeyFacts(NamedTuple):
    """The state of a key in words. `fault` is empty for a good one, `row` None for one out of sight."""

    row: StoredKey | None
    message: str
    fault: str
    is_denied: bool


def key_facts(kid: object, ring: str | None, visible: Rows | None) -> KeyFacts:
    """Return the facts about the key `kid`, if it is one of the `visible` ones.

    `ring` is that of the token's kind, None for a token of no kind of ours.
    """
    is_denied = kid in conf().denied
    if not isinstance(kid, str) or not kid:
        return KeyFacts(None, "", _("the header has no kid, which each of our tokens has"), is_denied)
    row, name = _find(kid, visible), Code(repr(escape(kid, MAX_KID)))
    if row is None and visible is not None:  # there may be one that must not be told of
        return KeyFacts(None, _("kid {kid}", kid=name), "", is_denied)
    if row is None:
        return KeyFacts(None, "", _("no key of ours has the kid {kid}", kid=name), is_denied)
    facts = {"key": Code(row.kid), "alg": row.alg, "ring": row.ring_id, "state": Message(row.state())}
    return KeyFacts(row, _("{key} ({alg}, ring {ring}) is {state}", **facts), _fault(row, ring), is_denied)


def _find(kid: str, visible: Rows | None) -> StoredKey | None:
    if not is_kid(kid):
        return None
    rows = stored_keys() if visible is None else visible
    return next((row for row in rows.filter(kid=kid) if row.kid == kid), None)  # collations fold case


def _fault(row: StoredKey, ring: str | None) -> str:
    now = keys.now()
    if ring is not None and row.ring_id != ring:
        return Message(OTHER_RING, {"ring": row.ring_id, "expected": ring})
    if row.revoked_at is not None:
        who, reason = _revoker(row), escape(row.reason)
        text = REVOCATIONS[bool(who), bool(reason)]
        return Message(text, {"moment": row.revoked_at, "who": who, "reason": Reason(reason)})
    if row.state(now) is State.EXPIRED:
        return _("its key expired on {moment}, and so did all of its tokens", moment=row.verify_until)
    return fault_of(row, now)


def _revoker(row: StoredKey) -> str:
    events = KeyEvent.objects.using(using()).filter(kid=row.kid, ring_id=row.ring_id, action=REVOKED)
    return escape(events.values_list("who", flat=True).first() or "")
