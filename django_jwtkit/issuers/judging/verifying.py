"""Verifying a foreign token: the issuer first, then its key, the signature, and the claims."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.conf import conf
from django_jwtkit.db import at_once_or_in_thread
from django_jwtkit.errors import InvalidClaim, TokenError
from django_jwtkit.issuers.registry import Issuer, issuer_of, issuers, longest_token
from django_jwtkit.issuers.token import ForeignToken
from django_jwtkit.jose import Key, KeySource, KnownHeaders, encoding, jwt, moment
from django_jwtkit.jose.remote import FetchedKeys
from django_jwtkit.wording import message as _

from . import conditions

SPIFFE: Final = "spiffe://"


@sensitive_variables()
def recognize(text: str) -> Callable[[str], ForeignToken] | None:
    """Return what verifies the unverified token `text`, None where it names no trusted issuer.

    The text only chooses which issuer that is: all that it says, `iss` too, is read again and verified.
    """
    if not issuers():
        return None
    try:
        issuer = issuer_named_in(text)
    except TokenError:
        return None
    return None if issuer is None else partial(_verify_by, issuer)


@sensitive_variables()
def verify(text: str, now: float | datetime | None = None) -> ForeignToken:
    """Return the verified token `text` of a trusted issuer. `now` is an aware datetime or seconds since 1970.

    An unknown issuer is refused before anything is fetched. Raises `TokenError`; `ServiceUnavailable` where
    the issuer's keys cannot be had.
    """
    at = moment(now)
    issuer = issuer_named_in(text)
    if issuer is None:
        raise InvalidClaim(_("another issuer"), "iss")
    return _verify_by(issuer, text, at)


averify = at_once_or_in_thread(verify)


@sensitive_variables()
def _verify_by(issuer: Issuer, text: str, at: float | None = None) -> ForeignToken:
    at = moment(at)
    entry = issuer.settings
    expected, keys = issuer.expectation, _keys_at(issuer, at)
    _, claims, _ = jwt.read(text, keys, expected, at, entry.MAX_LENGTH)
    conditions.check(claims, entry, at)
    return ForeignToken(
        claims=claims,
        issuer=issuer.name,
        subject=conditions.subject_of(claims, entry),
        scopes=conditions.texts_at(claims, entry.SCOPE_CLAIM),
        groups=conditions.names_at(claims, entry.GROUPS_CLAIM),
        permissions=conditions.names_at(claims, entry.PERMISSIONS_CLAIM),
    )


@sensitive_variables()
def issuer_named_in(text: str) -> Issuer | None:
    """Return the trusted issuer that the unverified claims name; raise `MalformedToken`."""
    claims = encoding.unproven_claims(text, longest_token())
    iss, own = claims.get("iss"), conf().ISSUER
    if isinstance(iss, str) and iss == own:
        return None
    issuer = issuer_of(iss)
    if issuer is None or issuer.settings.ISSUER_FROM == "sub":
        issuer = issuer_of(_trust_domain(claims.get("sub")))
        return issuer if issuer is not None and issuer.settings.ISSUER_FROM == "sub" else None
    return issuer


def _trust_domain(subject: object) -> str | None:
    """Return the trust domain of a SPIFFE ID, which is its issuer (SPIFFE-ID §2.1)."""
    if not isinstance(subject, str) or not subject.startswith(SPIFFE):
        return None
    return SPIFFE + subject.removeprefix(SPIFFE).partition("/")[0]


class _KeysAt(NamedTuple):
    """The issuer's keys as they are at one moment."""

    keys: FetchedKeys
    at: float

    @property
    def known_headers(self) -> KnownHeaders:
        return self.keys.known_headers

    def find(self, header: Mapping[str, object]) -> Key:
        return self.keys.find(header, self.at)


def _keys_at(issuer: Issuer, at: float) -> KeySource:
    return _KeysAt(issuer.keys, at) if isinstance(issuer.keys, FetchedKeys) else issuer.keys
