"""Verify tokens: cryptography and claims. Callers then look up the user and the session."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import jose, keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import at_once_or_in_thread
from django_jwtkit.errors import ClaimError, InvalidClaim, NoUsableKey
from django_jwtkit.jose import Claims, Expectation, expect, jwt
from django_jwtkit.keys.planning import TrustWindow
from django_jwtkit.keys.snapshots import Proof
from django_jwtkit.wording import Message
from django_jwtkit.wording import message as _

from .kinds import ACCESS, REFRESH, TokenKind
from .observers import VERIFIED, notify
from .users import MAX_SUBJECT, NO_USER, SUB_FIELD

NAMES_USER: Final = gettext_noop("a {kind} token names a user")
NAMES_NOBODY: Final = gettext_noop("a {kind} token names no user")
REQUIRED: Final = frozenset({"exp", "iat", "jti", "sub"})
_CONTAINERS: Final = (dict, list)


@sensitive_variables()
def verify(
    text: str, *, kind: TokenKind = ACCESS, now: datetime | None = None, settings: Settings | None = None
) -> Claims:
    """Return the claims of `text`, a fresh dict, if it is a valid token of `kind`.

    Checked are signature, type, issuer, audience, dates, and whether the key could have signed this token.
    User and session are not. Raises `TokenError`, and `ServiceUnavailable` if the keys are not available.

    A text that has been verified before is not decoded again unless the settings have changed
    (docs/decisions/0006). Its dates and the state of its key are checked every time.

    In a running event loop keys up to `KEYRING_MAX_STALE` old answer, while a thread reads them again.
    Without such keys, and with `KEYRING_SCOPE`, it raises `InsideEventLoop`: await `averify`.
    """
    settings = settings or conf()
    ring = keys.keyring(kind.ring, now=now, settings=settings)
    proven, at = ring.snapshot.proven, ring.now.timestamp()
    proof = proven.get(text) if isinstance(text, str) else None
    if proof is not None and proof.is_valid_for(kind, settings, at):
        if VERIFIED:
            notify(VERIFIED, kind)
        return proof.fresh()
    claims, window = _decode(text, kind, ring)
    if VERIFIED:
        notify(VERIFIED, kind)
    if not isinstance(text, str) or _is_secret(kind, settings):
        return claims
    proof = _make_proof(claims, window, kind, settings)
    proven.put(text, proof)
    return proof.fresh()


averify = at_once_or_in_thread(verify)


def _is_secret(kind: TokenKind, settings: Settings) -> bool:
    """Return whether tokens of this kind must not stay in memory: confidential ones and refresh tokens."""
    return kind.name == REFRESH.name or _is_confidential(kind, settings)


def _is_confidential(kind: TokenKind, settings: Settings) -> bool:
    return kind.encrypted or kind.name in settings.ENCRYPT  # `is_encrypted_under`, without a call a token


def _make_proof(claims: Claims, window: TrustWindow, kind: TokenKind, settings: Settings) -> Proof:
    """Return the proof of a token. It holds until the token expires or its key is no longer trusted."""
    allowed = settings.seconds
    begins = max(window.begins, claims.get("nbf", 0) - allowed.leeway, claims["iat"] - allowed.skew)
    nested = tuple([name for name, value in claims.items() if isinstance(value, _CONTAINERS)])
    return Proof(claims, nested, kind, settings, begins, min(window.ends, claims["exp"] + allowed.leeway))


@sensitive_variables()
def _decode(text: str, kind: TokenKind, ring: keys.Keyring) -> tuple[Claims, TrustWindow]:
    """Return the verified claims of `text`, and the window in which its key is trusted."""
    expected = _expected(kind, ring)
    signed = _decrypt(text, ring) if _is_confidential(kind, ring.settings) else text
    _, claims, key = jwt.read(signed, ring, expected, ring.now.timestamp())
    _check_own_claims(claims, kind)
    return claims, ring.confirm(key, claims)


@sensitive_variables()
def decrypt(text: str) -> str:
    """Return the signed token inside an encrypted one of ours. Nothing is verified by that.

    Raises `TokenError`, and `ServiceUnavailable` if the keys are not available.
    """
    encryption = keys.keyring("encryption")
    return jwt.decrypt_nested(text, encryption, _algorithms(encryption)).decode("ascii", "replace")


def claim_faults(claims: Mapping[str, object], kind: TokenKind) -> dict[str, ClaimError]:
    """Return, by claim, what `verify` would say against `claims` of a token of `kind`: for explaining it.

    Raises `ServiceUnavailable` if the keys are not available.
    """
    ring = keys.keyring(kind.ring)
    faults = jose.claim_faults(claims, _expected(kind, ring), ring.now.timestamp())
    if not faults:
        try:
            _check_own_claims(claims, kind)
        except ClaimError as error:
            faults[error.claim] = error
    return faults


def _expected(kind: TokenKind, ring: keys.Keyring) -> Expectation:
    settings, algorithms = ring.settings, _algorithms(ring)
    seconds, audiences = settings.seconds, settings.audiences or None
    return _expectation(algorithms, kind.types, settings.ISSUER, audiences, seconds.leeway, seconds.skew)


@lru_cache(maxsize=64)
def _expectation(  # noqa: PLR0917 - a key of the cache
    algorithms: frozenset[str],
    types: tuple[str, ...],
    issuer: str | None,
    audiences: tuple[str, ...] | None,
    leeway: float,
    skew: float,
) -> Expectation:
    return expect(
        algorithms,
        typ=types,
        issuer=issuer,
        audience=audiences,
        required=REQUIRED,
        leeway=leeway,
        skew=skew,
    )


def _check_own_claims(claims: Mapping[str, object], kind: TokenKind) -> None:
    """Raise `InvalidClaim` for claims that we never issue for this kind, beyond the rules of RFC 7519."""
    if not _is_own_jti(str(claims["jti"])):
        raise InvalidClaim(_("not a jti of ours"), "jti")
    if len(str(claims["sub"])) > MAX_SUBJECT:  # other issuers may have longer ones
        raise InvalidClaim(_("the claim 'sub' has more than {limit} characters", limit=MAX_SUBJECT), "sub")
    if "cnf" in claims:  # RFC 7800: the presenter would have to prove possession of a key
        raise InvalidClaim(_("bound to a key that is not checked here"), "cnf")
    if (claims.get(SUB_FIELD) == NO_USER) is not kind.subject:
        names = NAMES_NOBODY if kind.subject else NAMES_USER
        raise InvalidClaim(Message(names, {"kind": kind.name}), SUB_FIELD)


def _is_own_jti(jti: str) -> bool:
    """Return whether `jti` has the form of ours: 16 to 64 characters of base64url."""
    return 16 <= len(jti) <= 64 and jti.isascii() and jti.replace("-", "0").replace("_", "0").isalnum()


@sensitive_variables()
def _decrypt(text: str, ring: keys.Keyring) -> bytes:
    """Return the signed token inside an encrypted one, with the encryption keys of the store of `ring`."""
    store = ring.snapshot.address.store
    encryption = keys.keyring("encryption", now=ring.now, store=store, settings=ring.settings)
    return jwt.decrypt_nested(text, encryption, _algorithms(encryption))


def _algorithms(ring: keys.Keyring) -> frozenset[str]:
    """Return the algorithms of the keys of `ring`. Raises `NoUsableKey` if it has no keys."""
    if not ring.snapshot.algorithms:
        name = ring.snapshot.ring
        raise NoUsableKey(_("Ring {name!r} has no keys: run manage.py rotate_keys --ring {name}", name=name))
    return ring.snapshot.algorithms
