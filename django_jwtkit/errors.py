"""All errors of the package, as a tree.

::

    JWTKitError
    ├── TokenError                     a token is refused: 401
    │   ├── MalformedToken             not a compact JWS or JWE that we accept (RFC 7515 §5.2, RFC 7516 §5.2)
    │   ├── MalformedHeader            an `Authorization` header of our scheme without a token
    │   ├── CookieRefused              cookies that nobody could take for one login
    │   ├── WrongType                  another kind of token (`typ`, RFC 8725 §3.11)
    │   ├── AlgorithmRefused           an `alg` or `enc` that the caller or the key does not allow
    │   ├── UnknownKey                 no key for this header
    │   ├── BadSignature               the signature does not hold
    │   ├── DecryptionError            the one error for every failure of a JWE
    │   ├── KeyMisused                 a good signature from a time when the key did not sign
    │   ├── ClaimError                 the Claims Set is refused (RFC 7519 §4.1)
    │   │   ├── MissingClaim
    │   │   ├── InvalidClaim
    │   │   ├── NotYetValid            `nbf` or `iat` is in the future
    │   │   └── TokenExpired
    │   ├── SessionEnded               the login that the token belongs to is over
    │   │   └── RefreshReused          a used refresh token came again, which has ended its session
    │   └── UserRefused                the token is good, its user is not
    │       ├── UserNotFound
    │       ├── UserInactive
    │       └── PasswordChanged
    ├── KeyUnusableError               a bad JWK or PEM, or a key that does not fit its use
    ├── ServiceUnavailable             tokens cannot be issued or verified at the moment: 503
    │   ├── NoUsableKey                the ring has no key that can sign
    │   ├── KeyringStale               the database is away for longer than a snapshot may be used
    │   ├── SealingKeyLost             a private key exists but cannot be decrypted
    │   ├── KeySetUnavailable          another issuer's keys are not available
    │   ├── ScopeUnknown               `KEYRING_SCOPE` does not give a scope
    │   ├── InsideEventLoop            a call that waits for the database, in a running event loop
    │   └── ClaimsUnusable             the project's claims do not fit into a token
    │       ├── ClaimTypeUnusable      a `TypeError` too
    │       └── ClaimValueUnusable     a `ValueError` too
    └── OperationRefused               an operation that must not be carried out
        ├── UnsafeRotation             consumers cannot know the next key yet
        ├── LifetimeRefused            a token would live longer than its key verifies
        ├── ScopeMismatch              a ring of another scope would be replaced
        ├── InsideTransaction          work that must commit by itself was called in a transaction
        ├── RingBusy                   other processes kept changing the ring first
        ├── SealingKeyInUse            keys under a sealing key cannot all end while it seals new ones
        ├── UnknownRing
        └── UnknownKid

`str(error)` is for logs and operators; clients see only `detail`. Neither ever contains a token or a secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar


class JWTKitError(Exception):
    """The root: `except JWTKitError` catches every error of the package."""

    code: ClassVar[str] = "error"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy with all fields."""
        # By default `__init__` gets the message alone. If it needs more, a `ProcessPoolExecutor` breaks.
        return _restore, (type(self), self.args, self.__dict__)


class TokenError(JWTKitError):
    """A token is refused: the 401 has `detail` and `public_code`, the log has `code`, message and `sid`."""

    code: ClassVar[str] = "invalid"
    detail: ClassVar[str] = "Token is invalid"
    public_code: ClassVar[str] = "token_not_valid"
    challenge_error: ClassVar[str] = "invalid_token"  # RFC 6750 §3.1
    sid: str | None = None  # the session that a token with a good signature names


class MalformedToken(TokenError):
    code = "malformed"


class MalformedHeader(TokenError):
    code = public_code = "bad_authorization_header"
    detail = "Authorization header must contain two space-delimited values"
    challenge_error = "invalid_request"


class CookieRefused(TokenError):
    """`names` are the cookies that the answer deletes."""

    code = "cookie_refused"

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.names = tuple(names)


class WrongType(TokenError):
    code = "wrong_type"
    detail = "Token has wrong type"


class AlgorithmRefused(TokenError):
    code = "algorithm_refused"


class UnknownKey(TokenError):
    code = "unknown_key"


class BadSignature(TokenError):
    code = "bad_signature"


class DecryptionError(TokenError):
    """It never tells the cause, so that nobody can use a server as a decryption oracle (RFC 7516 §11.5)."""

    code = "decryption_failed"


class KeyMisused(TokenError):
    code = "key_misused"


class ClaimError(TokenError):
    """`claim` is the name of the claim."""

    code = "claim_refused"

    def __init__(self, message: str, claim: str) -> None:
        super().__init__(message)
        self.claim = claim


class MissingClaim(ClaimError):
    code = "missing_claim"


class InvalidClaim(ClaimError):
    code = "invalid_claim"


class NotYetValid(ClaimError):
    code = "not_yet_valid"


class TokenExpired(ClaimError):
    code = "expired"
    detail = "Token is expired"


class SessionEnded(TokenError):
    code = "session_ended"
    detail = "Session has ended"


class RefreshReused(SessionEnded):
    code = "refresh_reused"


class UserRefused(TokenError):
    code = "user_refused"


class UserNotFound(UserRefused):
    code = public_code = "user_not_found"
    detail = "User not found"


class UserInactive(UserRefused):
    code = public_code = "user_inactive"
    detail = "User is inactive"


class PasswordChanged(UserRefused):
    code = public_code = "password_changed"
    detail = "The user's password has been changed"


class KeyUnusableError(JWTKitError, ValueError):
    """A key that must not be used. It is a `ValueError` too, because passing such a key is a wrong call."""

    code = "key_unusable"


class ServiceUnavailable(JWTKitError):
    """Not the token's fault: the response is a 503, and the message names the command that fixes it.

    `retry_after` are the seconds after which another try may succeed, None where that is unknown.
    """

    code = "unavailable"
    detail: ClassVar[str] = "Token service is unavailable"
    retry_after: int | None = None


class NoUsableKey(ServiceUnavailable):
    code = "no_usable_key"


class KeyringStale(ServiceUnavailable):
    code = "keyring_stale"


class SealingKeyLost(ServiceUnavailable):
    """`fact` is the fault alone; in the message the `remedy` follows it."""

    code = "sealing_key_lost"

    def __init__(self, fact: str, remedy: str = "") -> None:
        super().__init__(*filter(None, (fact, remedy)))
        self.fact, self.remedy = fact, remedy

    def __str__(self) -> str:
        return f"{self.fact} {self.remedy}".rstrip()


class KeySetUnavailable(ServiceUnavailable):
    """The keys of another issuer cannot be fetched, and the stored ones are too old or do not fit."""

    code = "key_set_unavailable"


class ScopeUnknown(ServiceUnavailable):
    code = "scope_unknown"


class InsideEventLoop(ServiceUnavailable):
    """The message names what to await instead."""

    code = "inside_event_loop"


class ClaimsUnusable(ServiceUnavailable):
    """The message names `CLAIMS_FUNCTION`, the claim and the user's primary key, never the claim's value."""

    code = "claims_unusable"


class ClaimTypeUnusable(ClaimsUnusable, TypeError):
    """The claims are not a dict, or JSON cannot represent one of them."""


class ClaimValueUnusable(ClaimsUnusable, ValueError):
    """A claim has a reserved name, or the claims are too long for a token."""


class OperationRefused(JWTKitError):
    code = "operation_refused"


class UnsafeRotation(OperationRefused):
    """`safe_from` is the time from which on the same call is safe."""

    code = "unsafe_rotation"

    def __init__(self, message: str, safe_from: datetime) -> None:
        super().__init__(message)
        self.safe_from = safe_from


class LifetimeRefused(OperationRefused):
    code = "lifetime_refused"


class ScopeMismatch(OperationRefused):
    code = "scope_mismatch"


class InsideTransaction(OperationRefused):
    code = "inside_transaction"


class RingBusy(OperationRefused):
    code = "ring_busy"


class SealingKeyInUse(OperationRefused):
    code = "sealing_key_in_use"


class UnknownRing(OperationRefused):
    code = "unknown_ring"


class UnknownKid(OperationRefused):
    """`nearest` are similar key IDs."""

    code = "unknown_kid"

    def __init__(self, message: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.nearest = tuple(nearest)


def _restore(kind: type[JWTKitError], args: tuple[object, ...], fields: dict[str, object]) -> JWTKitError:
    """Return the error from the parts that `__reduce__` returned."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error
