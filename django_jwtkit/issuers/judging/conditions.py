"""What an entry of `TRUSTED_ISSUERS` demands of a Claims Set, and what it reads from it. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django_jwtkit.conf import IssuerSettings
from django_jwtkit.errors import InvalidClaim, MissingClaim, NotYetValid, TokenExpired
from django_jwtkit.issuers.models import MAX_SUBJECT
from django_jwtkit.wording import message as _

Claims = Mapping[str, Any]
Path = str | Sequence[str]

_ABSENT: Final = object()


def check(claims: Claims, settings: IssuerSettings, at: float) -> None:
    """Raise `ClaimError` unless `claims` meet the conditions of the entry at the NumericDate `at`."""
    if "cnf" in claims:  # RFC 7800: the presenter would have to prove more
        raise InvalidClaim(_("bound to a key that is not checked here"), "cnf")
    if settings.AUDIENCE_CLAIM != "aud":
        _check_audience(claims, settings)
    for path, wanted in settings.REQUIRE.items():
        _check_required(claims, path, wanted)
    _check_times(claims, settings, at)


def subject_of(claims: Claims, settings: IssuerSettings) -> str:
    """Return the subject; raise `MissingClaim` or `InvalidClaim`."""
    names = settings.SUBJECT_CLAIM
    for name in (names,) if isinstance(names, str) else names:
        if name in claims:
            return _subject(claims[name], name)
    raise MissingClaim(_("the claim {name} is required", name=_named(names)), _named(names))


def texts_at(claims: Claims, path: Path | None) -> tuple[str, ...]:
    """Return the texts in a claim: one that is split at blanks, or a list; none for anything else."""
    value = None if path is None else _value_at(claims, path)
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def names_at(claims: Claims, path: Path | None) -> tuple[str, ...]:
    """Return the names in a claim, a list or one text: a group's name may hold blanks."""
    value = None if path is None else _value_at(claims, path)
    return (value,) if isinstance(value, str) else texts_at(claims, path)


def _check_audience(claims: Claims, settings: IssuerSettings) -> None:
    name, allowed = settings.AUDIENCE_CLAIM, settings.AUDIENCE
    if name not in claims:
        raise MissingClaim(_("the claim {name!r} is required", name=name), name)
    if claims[name] not in ((allowed,) if isinstance(allowed, str) else allowed):
        raise InvalidClaim(_("for another audience than this one"), name)


def _check_required(claims: Claims, path: Path, wanted: object) -> None:
    value, name = _value_at(claims, path), _named(path)
    if value is _ABSENT:
        raise MissingClaim(_("the claim {name} is required", name=name), name)
    if not any(type(value) is type(allowed) and value == allowed for allowed in _alternatives(wanted)):
        raise InvalidClaim(_("the claim {name} is not what REQUIRE demands", name=name), name)


def _check_times(claims: Claims, settings: IssuerSettings, at: float) -> None:
    leeway = settings.LEEWAY.total_seconds()
    proven_at = claims.get("auth_time")
    if proven_at is not None:
        if isinstance(proven_at, bool) or not isinstance(proven_at, int | float):
            raise InvalidClaim(_("the claim 'auth_time' has a wrong type or range"), "auth_time")
        if proven_at > at + leeway:
            raise NotYetValid(_("the user proves who they are at a time that lies ahead"), "auth_time")
    if settings.MAX_AGE is not None:
        if "iat" not in claims:
            raise MissingClaim(_("the claim 'iat' is required"), "iat")
        if at - claims["iat"] > settings.MAX_AGE.total_seconds() + leeway:
            raise TokenExpired(_("issued too long ago"), "iat")


def _subject(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_SUBJECT:
        raise InvalidClaim(_("the claim {name!r} has a wrong type or range", name=name), name)
    return value


def _value_at(claims: Claims, path: Path) -> object:
    value: object = claims
    for name in (path,) if isinstance(path, str) else path:
        if not isinstance(value, Mapping) or name not in value:
            return _ABSENT
        value = value[name]
    return value


def _alternatives(wanted: object) -> Iterable[object]:
    return wanted if isinstance(wanted, list | tuple | set | frozenset) else (wanted,)


def _named(path: Path) -> str:
    return repr(path if isinstance(path, str) else ".".join(path))
