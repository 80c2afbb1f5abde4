"""The table of settings: every key of `JWTKIT` with its default and its rule."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar, cast

from django_jwtkit.conf import allowed
from django_jwtkit.conf.denylist import Denylist

from . import issuers
from .cookies import UNSET, CookieSettings, read_cookie_settings
from .issuers import IssuerSettings
from .rings import PROJECT_RING, RINGS, RingSettings, may_be_published

T = TypeVar("T")
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


class Seconds(NamedTuple):
    """Durations in seconds, for code that runs for each token: to make a timedelta takes 0.3 µs."""

    leeway: float
    skew: float  # allowed in `iat`: between two hosts, or the leeway if that is more
    clocks: float  # between two hosts of our own
    linger: float  # how long a process may go on signing with a key that is retired
    signing: float  # how old a snapshot may be that signs
    max_age: float
    max_stale: float


def _set(default: T, rule: allowed.Rule, *, repr: bool = True) -> T:  # noqa: A002 - as in `field`
    """Return a line of the table below: the default, and the rule for a value."""
    return field(default=default, metadata={"rule": rule}, repr=repr)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every key of `JWTKIT` with its default and its rule. docs/settings.md says what each one means."""

    ISSUER: str | None = _set(None, allowed.optional(allowed.text))
    AUDIENCE: str | Sequence[str] | None = _set(None, allowed.optional(allowed.audience))
    CLIENT_ID: str | None = _set(None, allowed.optional(allowed.text))
    ALGORITHM: str = _set("ES256", allowed.text)
    ACCESS_TOKEN_TYP: str = _set("at+jwt", allowed.access_token_typ)
    ACCESS_TOKEN_LIFETIME: timedelta = _set(5 * MINUTE, allowed.positive)
    REFRESH_TOKEN_LIFETIME: timedelta = _set(14 * DAY, allowed.positive)
    SESSION_LIFETIME: timedelta = _set(90 * DAY, allowed.positive)
    REFRESH_GRACE: timedelta = _set(10 * SECOND, allowed.up_to_five_minutes)
    REFRESH_STRAYS: int | None = _set(3, allowed.optional(allowed.up_to_a_hundred))
    ROTATE_REFRESH: bool = _set(True, allowed.flag)
    MAX_SESSIONS: int | None = _set(None, allowed.optional(allowed.count))
    CHECK_SESSION: bool = _set(False, allowed.flag)
    SESSION_CACHE: str | None = _set(None, allowed.optional(allowed.text))
    LEEWAY: timedelta = _set(0 * SECOND, allowed.up_to_five_minutes)
    CLOCK_SKEW: timedelta = _set(60 * SECOND, allowed.up_to_five_minutes)
    USER_ID_FIELD: str = _set("pk", allowed.text)
    CLAIMS_FUNCTION: str | None = _set(None, allowed.optional(allowed.text))
    RECORD_CLIENT: bool = _set(True, allowed.flag)
    USER_LOADER: str | None = _set(None, allowed.optional(allowed.text))
    CLIENT_ADDRESS: str | None = _set(None, allowed.optional(allowed.text))
    AUTH_SCHEMES: Sequence[str] = _set(("Bearer",), allowed.auth_schemes)
    ACCEPT_SIMPLEJWT: Mapping[str, datetime] | None = _set(None, allowed.optional(allowed.accept_simplejwt))
    COOKIES: Mapping[str, object] = field(default_factory=lambda: UNSET, metadata={"rule": allowed.mapping})
    ENCRYPT: Sequence[str] = _set((), allowed.texts)
    ENCRYPTION_ALGORITHM: str = _set("A256KW", allowed.text)
    CONTENT_ENCRYPTION: str = _set("A256GCM", allowed.text)
    KEY_RINGS: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict, metadata={"rule": allowed.table}
    )
    ROTATE_EVERY: timedelta = _set(90 * DAY, allowed.positive)
    PUBLISH_BEFORE: timedelta = _set(2 * DAY, allowed.not_negative)
    ROTATION_INTERVAL: timedelta = _set(1 * DAY, allowed.not_negative)
    CONSUMER_CACHE: timedelta = _set(1 * DAY, allowed.not_negative)
    JWKS_MAX_AGE: timedelta = _set(300 * SECOND, allowed.not_negative)
    KEYRING_MAX_AGE: timedelta = _set(10 * SECOND, allowed.not_negative)
    SIGNING_MAX_AGE: timedelta = _set(60 * SECOND, allowed.not_negative)
    KEYRING_MAX_STALE: timedelta = _set(60 * MINUTE, allowed.not_negative)
    KEYRING_SCOPE: str | None = _set(None, allowed.optional(allowed.text))
    SEALING_KEYS: Sequence[Mapping[str, object]] = _set((), allowed.sealing_keys, repr=False)
    DENY_KIDS: Sequence[str] = _set((), allowed.deny_kids)
    TRUSTED_ISSUERS: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict, metadata={"rule": issuers.table}
    )

    @cached_property
    def issuers(self) -> tuple[IssuerSettings, ...]:
        """The entries of `TRUSTED_ISSUERS`, with their defaults."""
        return tuple(
            IssuerSettings(name=name, **cast("Mapping[str, Any]", entry))
            for name, entry in self.TRUSTED_ISSUERS.items()
        )

    @cached_property
    def rings(self) -> Mapping[str, RingSettings]:
        """All rings by name: ours, then the project's."""
        names = [*RINGS, *(name for name in self.KEY_RINGS if name not in RINGS)]
        return {name: self._ring(name) for name in names}

    @cached_property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that a token may name. The first is the default."""
        return (self.AUDIENCE,) if isinstance(self.AUDIENCE, str) else tuple(self.AUDIENCE or ())

    @cached_property
    def audience(self) -> str | None:
        """The default audience: this service itself."""
        return self.audiences[0] if self.audiences else None

    @property
    def has_cookies(self) -> bool:
        """Whether `COOKIES` is set, also to an empty dict."""
        return self.COOKIES is not UNSET

    @property
    def cookies(self) -> CookieSettings:
        """`COOKIES` with the defaults; read anew each time, for it depends on `DEBUG`."""
        return read_cookie_settings(self.COOKIES)

    @cached_property
    def schemes(self) -> frozenset[str]:
        """`AUTH_SCHEMES` in lower case: a scheme has none of its own (RFC 9110 §11.1)."""
        return frozenset(scheme.lower() for scheme in self.AUTH_SCHEMES)

    @cached_property
    def denied(self) -> Denylist:
        """`DENY_KIDS`, quick to ask: it holds each kid that begins with one of them."""
        return Denylist(self.DENY_KIDS)

    @cached_property
    def seconds(self) -> Seconds:
        spans = {
            "leeway": self.LEEWAY,
            "skew": max(self.LEEWAY, self.CLOCK_SKEW),
            "clocks": self.CLOCK_SKEW,
            "linger": self.SIGNING_MAX_AGE + self.CLOCK_SKEW,
            "signing": self.SIGNING_MAX_AGE,
            "max_age": self.KEYRING_MAX_AGE,
            "max_stale": self.KEYRING_MAX_STALE,
        }
        return Seconds(**{name: span.total_seconds() for name, span in spans.items()})

    def _ring(self, name: str) -> RingSettings:
        default = RINGS.get(name, PROJECT_RING)
        algorithm = getattr(self, default.algorithm, default.algorithm)
        values = self.KEY_RINGS.get(name, {})
        return RingSettings(
            name=name,
            algorithm=cast("str", values.get("ALGORITHM", algorithm)),
            use=cast("str", values.get("USE", default.use)),
            publish=cast("bool", values.get("PUBLISH", default.publish)) and may_be_published(name),
            rotate_every=cast("timedelta", values.get("ROTATE_EVERY", self.ROTATE_EVERY)),
            publish_before=cast("timedelta", values.get("PUBLISH_BEFORE", self.PUBLISH_BEFORE)),
            max_lifetime=cast("timedelta | None", values.get("MAX_LIFETIME")),
        )


SETTINGS: Final[Mapping[str, Field[Any]]] = {line.name: line for line in fields(Settings)}
