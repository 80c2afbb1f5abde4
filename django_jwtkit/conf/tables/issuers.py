"""The entries of `TRUSTED_ISSUERS`: other issuers whose tokens are accepted, and under which conditions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from django_jwtkit.conf import allowed
from django_jwtkit.jose import check_published_call

T = TypeVar("T")
Claim = str | Sequence[str]  # a name, or the names on the way to a nested one

TENANT: Final = "{tenantid}"  # the placeholder for each of TENANTS in an issuer's name
MAX_NAME: Final = 255  # characters, as in the columns that store it

_SCALARS: Final = (str, int, float, bool)
_LEAST_SPAN: Final = timedelta(seconds=1)


def _one_of(*values: str) -> allowed.Rule:
    names = ", ".join(f'"{value}"' for value in values)
    return lambda value: None if value in values else f"must be one of {names}"


def _algorithms(value: object) -> str | None:
    if not isinstance(value, list | tuple | set | frozenset):
        return "must be a list of algorithms such as ['RS256', 'ES256']"
    try:
        check_published_call(cast("Sequence[str]", value), "sig")
    except (TypeError, ValueError) as error:
        return f"must name signature algorithms with a public key: {error}"
    return None


def _typ(value: object) -> str | None:
    is_valid = isinstance(value, list | tuple | set | frozenset) and all(
        typ is None or allowed.text(typ) is None for typ in value
    )
    return None if is_valid and value else "must be a list of types such as ['JWT', None]; None: it is absent"


def _is_path(value: object) -> bool:
    return (
        isinstance(value, list | tuple) and bool(value) and all(allowed.text(name) is None for name in value)
    )


def _claim(value: object) -> str | None:
    is_valid = allowed.text(value) is None or _is_path(value)
    return None if is_valid else "must be the name of a claim, or a list of the names on the way to it"


def _subject_claim(value: object) -> str | None:
    is_valid = allowed.text(value) is None or _is_path(value)
    return None if is_valid else "must be the name of a claim, or a list: the first that is present"


def _require(value: object) -> str | None:
    is_valid = isinstance(value, Mapping) and all(
        (allowed.text(name) is None or (isinstance(name, tuple) and _is_path(name))) and _is_required(wanted)
        for name, wanted in value.items()
    )
    return None if is_valid else "must be a dict of claims (names, or tuples as paths) to a value or a list"


def _is_required(wanted: object) -> bool:
    if isinstance(wanted, list | tuple | set | frozenset):
        return bool(wanted) and all(isinstance(value, _SCALARS) for value in wanted)
    return isinstance(wanted, _SCALARS)


def _groups(value: object) -> str | None:
    is_valid = isinstance(value, Mapping) and all(
        allowed.text(name) is None and allowed.text(group) is None for name, group in value.items()
    )
    return None if is_valid else "must be a dict of the issuer's group names to names of Django groups"


def _jwks(value: object) -> str | None:
    is_valid = isinstance(value, Mapping | Path) or allowed.text(value) is None
    return None if is_valid else "must be a JWK Set, a dict, or the path of one"


def _length(value: object) -> str | None:
    is_valid = allowed.count(value) is None and 256 <= cast("int", value) <= 65_536
    return None if is_valid else "must be an integer from 256 to 65536"


_span: Final = allowed.duration(least=_LEAST_SPAN)
_file: Final[Callable[[object], str | None]] = lambda value: (  # noqa: E731 - a rule as the others
    None if isinstance(value, Path) or allowed.text(value) is None else "must be the path of a file"
)


def _set(default: T, rule: allowed.Rule) -> T:
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class IssuerSettings:
    """An entry of `TRUSTED_ISSUERS`; `name` is its key, the issuer byte for byte."""

    name: str
    AUDIENCE: str | Sequence[str] = field(metadata={"rule": allowed.audience})
    AUDIENCE_CLAIM: str = _set("aud", _one_of("aud", "client_id", "azp", "cid"))
    REQUIRE: Mapping[Claim, object] = field(default_factory=dict, metadata={"rule": _require})
    ALGORITHMS: Sequence[str] = _set(("RS256", "ES256"), _algorithms)
    TYP: Sequence[str | None] | None = _set(None, allowed.optional(_typ))
    JWKS_URL: str | None = _set(None, allowed.optional(allowed.text))
    DISCOVERY_URL: str | None = _set(None, allowed.optional(allowed.text))
    JWKS: Mapping[str, object] | str | Path | None = _set(None, allowed.optional(_jwks))
    ALIASES: Sequence[str] = _set((), allowed.texts)
    TENANTS: Sequence[str] = _set((), allowed.texts)
    KEY_USE: str = _set("sig", allowed.text)
    ISSUER_FROM: str = _set("iss", _one_of("iss", "sub"))
    SUBJECT_CLAIM: str | Sequence[str] = _set("sub", _subject_claim)
    USER: str = _set("linked", allowed.text)
    SCOPE_CLAIM: Claim | None = _set("scope", allowed.optional(_claim))
    GROUPS_CLAIM: Claim | None = _set(None, allowed.optional(_claim))
    GROUPS: Mapping[str, str] = field(default_factory=dict, metadata={"rule": _groups})
    PERMISSIONS_CLAIM: Claim | None = _set(None, allowed.optional(_claim))
    LEEWAY: timedelta = _set(timedelta(seconds=30), allowed.up_to_five_minutes)
    MAX_AGE: timedelta | None = _set(None, allowed.optional(_span))
    MAX_LENGTH: int = _set(16 * 1024, _length)
    REFRESH_EVERY: timedelta = _set(timedelta(minutes=10), _span)
    COOLDOWN: timedelta = _set(timedelta(seconds=30), _span)
    TIMEOUT: timedelta = _set(timedelta(seconds=5), _span)
    MAX_STALE: timedelta = _set(timedelta(hours=24), _span)
    CA_FILE: str | Path | None = _set(None, allowed.optional(_file))
    BEARER_FILE: str | Path | None = _set(None, allowed.optional(_file))
    PRIVATE_ADDRESSES: bool = _set(False, allowed.flag)

    @cached_property
    def types(self) -> Sequence[str | None]:
        """`TYP`, or the usual values; a JWT-SVID may have JOSE (SPIFFE JWT-SVID §2.3)."""
        return self.TYP or (("JWT", "JOSE", None) if self.KEY_USE == "jwt-svid" else ("JWT", "at+jwt", None))

    @cached_property
    def issuers(self) -> tuple[str, ...]:
        """The exact names of the issuer: one, or one for each tenant."""
        return tuple(self.name.replace(TENANT, tenant) for tenant in self.TENANTS) or (self.name,)


ISSUER_SETTINGS: Final[Mapping[str, Field[Any]]] = {
    line.name: line for line in fields(IssuerSettings) if line.name != "name"
}


def table(value: object) -> str | None:
    """Return the fault of `TRUSTED_ISSUERS` itself, or None."""
    is_valid = isinstance(value, Mapping) and all(
        allowed.text(name) is None and len(name) <= MAX_NAME and isinstance(entry, Mapping)
        for name, entry in value.items()
    )
    if not is_valid:
        return f"must be a dict of dicts, by issuers of at most {MAX_NAME} characters"
    return None


def lacking(entry: Mapping[object, object]) -> tuple[str, ...]:
    """Return the names of the required settings that an entry lacks."""
    return tuple(name for name in ("AUDIENCE",) if name not in entry)
