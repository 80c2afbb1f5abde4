"""Adding a key to a ring: a new one, or one that was made elsewhere."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.conf import conf
from django_jwtkit.db import asks_database
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, is_kid, jwa
from django_jwtkit.keys import planning
from django_jwtkit.keys.changing import Request, carry_out, insist, make_plan, read_ring
from django_jwtkit.keys.planning import Keys, Plan, Situation
from django_jwtkit.keys.sealing import REVOKED, weakness
from django_jwtkit.keys.store import Author, KeyEvent, StoredKey, current_store, stored_keys, using
from django_jwtkit.moments import aware
from django_jwtkit.wording import Code, escape
from django_jwtkit.wording import message as _

LATEST_END: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""PostgreSQL answers in the zone of its session: there a later moment may be in the year 10000."""


@asks_database("keys.generate")
def generate(
    ring: str, *, algorithm: str = "", now: datetime | None = None, by: str = "", source: str = "code"
) -> Plan:
    """Make a key: the first of a ring signs at once, another stands by at the end of the line.

    Where another process is faster with a key of its own, this one is made after it. Raises
    `InsideTransaction`, `UnknownRing`, `SealingKeyLost`, `RingBusy`, and `KeyUnusableError` for an algorithm
    that does not fit, or that the consumers of a published ring could not verify.
    """
    change = partial(_add_new, algorithm=algorithm)
    request = Request(current_store().ring(ring), change, Author(by, source), now)
    return insist(ring, lambda: carry_out(request))


@asks_database("keys.preview_generation")
def preview_generation(ring: str, *, algorithm: str = "", now: datetime | None = None) -> Plan:
    """Return the plan that `generate` would carry out."""
    state = read_ring(current_store().ring(ring), now)
    return make_plan(state, partial(_add_new, algorithm=algorithm))


def _add_new(keys: Keys, at: Situation, algorithm: str) -> Keys:
    fit = jwa.FITS.get(algorithm)
    is_fitting = fit is not None and fit.use == at.policy.use  # `planning.add` refuses another
    if fit and is_fitting and fit.is_symmetric and at.policy.has_consumers:
        raise KeyUnusableError(
            _(
                "{algorithm} has no public key, and ring {ring} is published: no other service could verify "
                "a token of this key. Choose an algorithm with a public key.",
                algorithm=Code(algorithm),
                ring=Code(at.policy.ring),
            )
        )
    return planning.add(keys, at, planning.new_key(at, algorithm=algorithm))


@asks_database("keys.import_key")
def import_key(
    ring: str,
    key: Key,
    *,
    verify_until: datetime | None = None,
    now: datetime | None = None,
    by: str = "",
    source: str = "code",
) -> StoredKey:
    """Import a key made elsewhere. With `verify_until` it never signs here, and trust in it ends then.

    Raises `KeyUnusableError` for a kid that is stored already (a revoked one stays refused permanently), for
    a key of another use than the ring's, and for a public key that would have to sign; and the errors of
    `generate`.
    """
    key = _check(key, verify_until)
    kid, change = key.kid or "", partial(_add_imported, key=key, verify_until=verify_until)
    request = Request(current_store().ring(ring), change, Author(by, source), now, supplied={kid: key})

    def attempt() -> Plan:
        _refuse_duplicate(kid)
        return carry_out(request)

    try:
        insist(ring, attempt)
    except IntegrityError as error:  # another process was faster, or another kid differs by case only
        raise _duplicate(kid) from error
    return stored_keys().get(kid=kid)


def _add_imported(keys: Keys, at: Situation, key: Key, verify_until: datetime | None) -> Keys:
    """Return `keys` with `key`, which signs in its turn, or only verifies until `verify_until`."""
    kid = key.kid or ""
    if any(other.kid == kid for other in keys):
        raise _duplicate(kid)
    new = replace(planning.new_key(at, algorithm=key.alg, kid=kid), imported=True)
    if verify_until is None:
        return planning.add(keys, at, new)
    ending = replace(new, sign_until=verify_until, max_lifetime=timedelta(0), margin=timedelta(0))
    return planning.rotate((*keys, ending), at)


def _check(key: Key, verify_until: datetime | None) -> Key:
    """Return `key` with a kid, as it is to be stored. Raises `KeyUnusableError` if it can't do its work."""
    if not key.private and verify_until is None:
        raise KeyUnusableError(_("A public key cannot sign: import the private key, or add --verify-only."))
    if verify_until is not None and aware(verify_until) > LATEST_END:
        raise KeyUnusableError(
            _("Trust must end by {end}: for a later moment some time zones have no date.", end=LATEST_END)
        )
    _refuse_weak(key)
    kid = key.kid or (secrets.token_urlsafe(24) if key.is_symmetric else key.thumbprint())
    if not is_kid(kid):
        raise KeyUnusableError(
            _(
                "kid must be 1 to 128 letters, digits or . _ ~ @ : + = - to be stored, got {kid!r}. Give "
                "the key another: --kid, or kid= in Python. If it verifies another issuer's tokens, it "
                "belongs to a KeySet of theirs, not to a ring.",
                kid=escape(kid, 60),
            )
        )
    key = Key.from_dict(key.to_dict(private=key.private), alg=key.alg, kid=kid)
    uses = {"sig": ("verify",) if verify_until else ("sign", "verify"), "enc": ("encrypt", "decrypt")}
    for operation in uses[key.use]:
        key.require(operation)
    return key.public() if verify_until and key.use == "sig" and not key.is_symmetric else key


@sensitive_variables()
def _refuse_weak(key: Key) -> None:
    secret = key.native_private
    if key.use == "sig" and isinstance(secret, bytes) and (flaw := weakness(secret)):
        raise KeyUnusableError(f"This secret is too weak: {flaw}. Make one with Key.generate().")


def _refuse_duplicate(kid: str) -> None:
    if kid in conf().denied or stored_keys().filter(kid=kid).exists():
        raise _duplicate(kid)
    events = KeyEvent.objects.using(using()).filter(kid=kid, action=REVOKED)
    if kid in events.values_list("kid", flat=True):  # its row is gone, and the collation may fold case
        raise KeyUnusableError(_("Key {kid} has been revoked; see manage.py list_keys --events.", kid=kid))


def _duplicate(kid: str) -> KeyUnusableError:
    return KeyUnusableError(_("Key {kid} is stored here already; see manage.py list_keys.", kid=kid))
