"""The whole tree of refusals.

    JWTKitError
    ├── TokenError                     a token is refused: 401
    │   ├── MalformedToken             not a compact JWS or JWE that we read (RFC 7515 §5.2, RFC 7516 §5.2)
    │   ├── MalformedHeader            an `Authorization` header of our scheme without a token
    │   ├── WrongType                  another kind of token (`typ`, RFC 8725 §3.11)
    │   ├── AlgorithmRefused           an `alg` or `enc` that the caller or the key does not allow
    │   ├── UnknownKey                 no key for this header
    │   ├── BadSignature               the signature does not hold
    │   ├── DecryptionError            the one answer to everything that goes wrong in a JWE
    │   ├── KeyMisused                 a good signature at a time at which the key cannot have made it
    │   ├── ClaimError                 the Claims Set is refused (RFC 7519 §4.1)
    │   │   ├── MissingClaim
    │   │   ├── InvalidClaim
    │   │   ├── NotYetValid            `nbf` or `iat` lies ahead
    │   │   └── TokenExpired
    │   ├── SessionEnded               the login that the token belongs to is over
    │   │   └── RefreshReused          a spent refresh token came again: that has just ended its session
    │   └── UserRefused                the token is good, its user is not
    │       ├── UserNotFound
    │       ├── UserInactive
    │       └── PasswordChanged
    ├── KeyUnusableError               a bad JWK or PEM, or a key that does not fit what it is asked to do
    ├── ServiceUnavailable             tokens can't be issued or judged just now: 503
    │   ├── NoUsableKey                the ring has no key that could sign
    │   ├── KeyringStale               the database is away for longer than a snapshot may serve
    │   ├── SealingKeyLost             a private key is there but cannot be opened
    │   ├── KeySetUnavailable          another issuer's keys can't be had
    │   ├── ScopeUnknown               `KEYRING_SCOPE` does not say whose keys are meant
    │   └── ClaimsUnusable             the project's claims are not what a token can carry
    │       ├── ClaimTypeUnusable      a `TypeError` too
    │       └── ClaimValueUnusable     a `ValueError` too
    └── OperationRefused               an operator or a program asked for what must not be done
        ├── UnsafeRotation             consumers can't know the next key yet
        ├── LifetimeRefused            a token would outlive the promise of its key
        ├── ScopeMismatch              a ring of another scope would be replaced
        ├── InsideTransaction          work that must commit by itself was called inside a transaction
        ├── RingBusy                   somebody else has changed the ring first, again and again
        ├── UnknownRing
        └── UnknownKid

`str(error)` is for logs and operators, `detail` is all that the outside is told.
Neither ever holds a token or a secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar


class JWTKitError(Exception):
    """The root: `except JWTKitError` catches every refusal of ours."""

    code: ClassVar[str] = "error"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy with all fields, whatever `__init__` takes.

        By default a copy is made by `__init__` from the message alone. Where that takes more, unpickling
        fails in the parent process, and a `ProcessPoolExecutor` is broken from then on.
        """
        return _restore, (type(self), self.args, self.__dict__)


class TokenError(JWTKitError):
    """A token is refused. The 401 tells `detail` and `public_code`; the log `code`, the message and `sid`."""

    code: ClassVar[str] = "invalid"
    detail: ClassVar[str] = "Token is invalid"
    public_code: ClassVar[str] = "token_not_valid"
    challenge_error: ClassVar[str] = "invalid_token"  # RFC 6750 §3.1
    sid: str | None = None  # the session that a good signature names, where one was asked for


class MalformedToken(TokenError):
    code = "malformed"


class MalformedHeader(TokenError):
    code = public_code = "bad_authorization_header"
    detail = "Authorization header must contain two space-delimited values"
    challenge_error = "invalid_request"


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
    """Says nothing about the cause, so that nobody can ask a decrypting server questions (RFC 7516 §11.5)."""

    code = "decryption_failed"


class KeyMisused(TokenError):
    code = "key_misused"


class ClaimError(TokenError):
    """`claim` names the culprit."""

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
    """A key that must not be used. A `ValueError` too: handing it in is a wrong call."""

    code = "key_unusable"


class ServiceUnavailable(JWTKitError):
    """Not the token's fault: the answer is 503, and the message names the command that mends it."""

    code = "unavailable"
    detail: ClassVar[str] = "Token service is unavailable"


class NoUsableKey(ServiceUnavailable):
    code = "no_usable_key"


class KeyringStale(ServiceUnavailable):
    code = "keyring_stale"


class SealingKeyLost(ServiceUnavailable):
    """`fact` is what is wrong, without the `mend` that follows it in the message."""

    code = "sealing_key_lost"

    def __init__(self, fact: str, mend: str = "") -> None:
        super().__init__(f"{fact} {mend}".rstrip())
        self.fact = fact
        self.remedy = mend


class KeySetUnavailable(ServiceUnavailable):
    """The keys of another issuer cannot be fetched, and those that are here are too old or do not fit."""

    code = "key_set_unavailable"


class ScopeUnknown(ServiceUnavailable):
    code = "scope_unknown"


class ClaimsUnusable(ServiceUnavailable):
    """The message names `CLAIMS_FUNCTION`, the claim and the user's primary key, never the claim's value."""

    code = "claims_unusable"


class ClaimTypeUnusable(ClaimsUnusable, TypeError):
    """A claim that JSON cannot carry, or something else than a dict."""


class ClaimValueUnusable(ClaimsUnusable, ValueError):
    """A reserved name, or more claims than a token holds."""


class OperationRefused(JWTKitError):
    code = "operation_refused"


class UnsafeRotation(OperationRefused):
    """`safe_from` is the time from which the same call is safe."""

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


class UnknownRing(OperationRefused):
    code = "unknown_ring"


class UnknownKid(OperationRefused):
    """`nearest` are the kids that may have been meant."""

    code = "unknown_kid"

    def __init__(self, message: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.nearest = tuple(nearest)


def _restore(kind: type[JWTKitError], args: tuple[object, ...], fields: dict[str, object]) -> JWTKitError:
    """Return the error that `__reduce__` has described."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error
