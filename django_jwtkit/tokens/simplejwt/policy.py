"""`SIMPLE_JWT`: what the project's settings say of the tokens that simplejwt has issued.

The package is never imported, for it may be gone. Only what decides whether a token is good is read here.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError, ServiceUnavailable
from django_jwtkit.jose import Key, read_old_secret
from django_jwtkit.wording import message as _

SETTING: Final = "SIMPLE_JWT"
SYMMETRIC: Final = ("HS256", "HS384", "HS512")
ASYMMETRIC: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA"),
)


@dataclass(frozen=True)
class Policy:
    """How an old token is verified. `audiences` and `issuers` are None where any will do."""

    algorithm: str
    key: Key
    audiences: frozenset[str] | None
    issuers: frozenset[str] | None
    leeway: float  # seconds
    refresh_lifetime: timedelta
    user_id_field: str
    user_id_claim: str
    token_type_claim: str
    jti_claim: str
    revoke_claim: str  # that holds a hash of the password
    is_password_checked: bool


_cached: tuple[object, Policy] | None = None  # SIMPLE_JWT and SECRET_KEY, and the policy that they make


@sensitive_variables()
def read_policy() -> Policy:
    """Return what `SIMPLE_JWT` says now. Raises `ServiceUnavailable` where `manage.py check` has an error."""
    global _cached  # noqa: PLW0603 - one process, one settings module
    raw = getattr(settings, SETTING, None)
    source, cached = (raw, settings.SECRET_KEY), _cached
    if cached is not None and cached[0] == source:
        return cached[1]
    read, faults = _read(raw)
    if faults:
        raise ServiceUnavailable(_("{faults}: run manage.py check", faults="; ".join(faults)))
    policy = Policy(**read)
    frozen_copy = dict(raw) if isinstance(raw, Mapping) else None  # a project may change its own in place
    _cached = (frozen_copy, settings.SECRET_KEY), policy
    return policy


@sensitive_variables()
def problems() -> list[str]:
    """Return what is wrong with `SIMPLE_JWT`, a sentence each."""
    return _read(getattr(settings, SETTING, None))[1]


@sensitive_variables()
def _read(raw: object) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of the policy, and what is wrong with the settings that they come from."""
    if raw is not None and not isinstance(raw, Mapping):
        return {}, [f"{SETTING} must be a dict, got {type(raw).__name__}"]
    own: Mapping[str, object] = raw or {}
    fields: dict[str, Any] = {}
    faults: list[str] = []
    for field, (name, default, read) in _TABLE.items():
        try:
            fields[field] = read(own.get(name, default))
        except ValueError as error:
            faults.append(f'{SETTING}["{name}"] {error}')
    if own.get("JWK_URL"):
        faults.append(f'{SETTING}["JWK_URL"] names another issuer, whose tokens are for TRUSTED_ISSUERS')
    elif "algorithm" in fields:
        try:
            fields["key"] = _key(fields["algorithm"], own)
        except ValueError as error:
            faults.append(str(error))
    return fields, faults


@sensitive_variables()
def _key(algorithm: str, own: Mapping[str, object]) -> Key:
    """Return the key that verifies: the signing secret of HMAC, else the verifying key, as simplejwt does."""
    name = "SIGNING_KEY" if algorithm in SYMMETRIC else "VERIFYING_KEY"
    value = own.get(name, settings.SECRET_KEY if name == "SIGNING_KEY" else "")
    if not isinstance(value, str | bytes) or not value:
        raise ValueError(f'{SETTING}["{name}"] must be text that is not empty, for {algorithm}')
    try:
        if algorithm in SYMMETRIC:
            return read_old_secret(value, alg=algorithm)
        key = Key.from_pem(value, alg=algorithm)
        return key.public() if key.private else key
    except KeyUnusableError as error:
        raise ValueError(f'{SETTING}["{name}"] cannot verify {algorithm}: {error}') from error


def _algorithm(value: object) -> str:
    if not isinstance(value, str) or value not in (*SYMMETRIC, *ASYMMETRIC):
        raise ValueError(f"must be one of {', '.join((*SYMMETRIC, *ASYMMETRIC))}, got {value!r}")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be a name, got {value!r}")
    return value


def _names(value: object) -> frozenset[str] | None:
    """Return one text or several as a set, None for None: then the claim is not looked at."""
    if value is None:
        return None
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"must be text or a collection of texts, got {type(value).__name__}")
    return frozenset(names)


def _seconds(value: object) -> float:
    seconds = value.total_seconds() if isinstance(value, timedelta) else 0 if value is None else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 10**9:
        raise ValueError(f"must be a number of seconds or a timedelta, got {value!r}")
    return seconds


def _span(value: object) -> timedelta:
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise ValueError(f"must be a positive timedelta, got {value!r}")
    return value


# Field of the policy: the setting's name, simplejwt's default, and the function that reads its value.
_TABLE: Final[Mapping[str, tuple[str, object, Callable[[object], object]]]] = {
    "algorithm": ("ALGORITHM", "HS256", _algorithm),
    "audiences": ("AUDIENCE", None, _names),
    "issuers": ("ISSUER", None, _names),
    "leeway": ("LEEWAY", 0, _seconds),
    "refresh_lifetime": ("REFRESH_TOKEN_LIFETIME", timedelta(days=1), _span),
    "user_id_field": ("USER_ID_FIELD", "id", _name),
    "user_id_claim": ("USER_ID_CLAIM", "user_id", _name),
    "token_type_claim": ("TOKEN_TYPE_CLAIM", "token_type", _name),
    "jti_claim": ("JTI_CLAIM", "jti", _name),
    "revoke_claim": ("REVOKE_TOKEN_CLAIM", "hash_password", _name),
    "is_password_checked": ("CHECK_REVOKE_TOKEN", False, bool),
}
