"""The settings: one dict, `JWTKIT`, read when it is needed and never at import (docs/decisions/0003)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import rules
from django_jwtkit.denylist import Denylist
from django_jwtkit.wording import did_you_mean

T = TypeVar("T")
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


class Problem(NamedTuple):
    """A fault of the settings. `kind` is "unknown" or "value"; `name` is dotted inside `KEY_RINGS`."""

    kind: str
    name: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class RingSettings:
    """What the settings ask of one ring's keys."""

    name: str
    algorithm: str
    use: str
    publish: bool
    rotate_every: timedelta
    publish_before: timedelta
    max_lifetime: timedelta | None


class Seconds(NamedTuple):
    """Durations as what is done for each token compares them: a timedelta takes 0.3 µs to make."""

    leeway: float
    skew: float  # in `iat`: between two machines, or what is allowed to all
    clocks: float  # between two machines of our own
    linger: float  # how long a process of ours may not have heard that its key is retired
    max_age: float
    max_stale: float


def _set(default: T, rule: rules.Rule, *, shown: bool = True) -> T:
    """A line of the table below: the default, and the rule that a value must meet."""
    return field(default=default, metadata={"rule": rule}, repr=shown)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every key of `JWTKIT` with its default and its rule: the table of design and README, as code."""

    ISSUER: str | None = _set(None, rules.optional(rules.text))
    AUDIENCE: str | Sequence[str] | None = _set(None, rules.optional(rules.audience))
    ALGORITHM: str = _set("ES256", rules.text)
    ACCESS_TOKEN_LIFETIME: timedelta = _set(5 * MINUTE, rules.positive)
    REFRESH_TOKEN_LIFETIME: timedelta = _set(14 * DAY, rules.positive)
    SESSION_LIFETIME: timedelta = _set(90 * DAY, rules.positive)
    REFRESH_GRACE: timedelta = _set(10 * SECOND, rules.up_to_five_minutes)
    REFRESH_STRAYS: int | None = _set(3, rules.optional(rules.up_to_a_hundred))
    MAX_SESSIONS: int | None = _set(None, rules.optional(rules.count))
    CHECK_SESSION: bool = _set(False, rules.flag)
    SESSION_CACHE: str | None = _set(None, rules.optional(rules.text))
    LEEWAY: timedelta = _set(0 * SECOND, rules.up_to_five_minutes)
    CLOCK_SKEW: timedelta = _set(60 * SECOND, rules.up_to_five_minutes)
    USER_ID_FIELD: str = _set("pk", rules.text)
    CLAIMS_FUNCTION: str | None = _set(None, rules.optional(rules.text))
    USER_LOADER: str | None = _set(None, rules.optional(rules.text))
    CLIENT_ADDRESS: str | None = _set(None, rules.optional(rules.text))
    ENCRYPT: Sequence[str] = _set((), rules.texts)
    ENCRYPTION_ALGORITHM: str = _set("A256KW", rules.text)
    CONTENT_ENCRYPTION: str = _set("A256GCM", rules.text)
    KEY_RINGS: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict, metadata={"rule": rules.table}
    )
    ROTATE_EVERY: timedelta = _set(90 * DAY, rules.positive)
    PUBLISH_BEFORE: timedelta = _set(2 * DAY, rules.not_negative)
    ROTATION_INTERVAL: timedelta = _set(1 * DAY, rules.not_negative)
    CONSUMER_CACHE: timedelta = _set(1 * DAY, rules.not_negative)
    JWKS_MAX_AGE: timedelta = _set(300 * SECOND, rules.not_negative)
    KEYRING_MAX_AGE: timedelta = _set(10 * SECOND, rules.not_negative)
    SIGNING_MAX_AGE: timedelta = _set(60 * SECOND, rules.not_negative)
    KEYRING_MAX_STALE: timedelta = _set(60 * MINUTE, rules.not_negative)
    KEYRING_SCOPE: str | None = _set(None, rules.optional(rules.text))
    SEALING_KEYS: Sequence[Mapping[str, object]] = _set((), rules.sealing_keys, shown=False)
    DENY_KIDS: Sequence[str] = _set((), rules.deny_kids)

    @cached_property
    def rings(self) -> Mapping[str, RingSettings]:
        """Every ring, ours and the project's, by name."""
        names = [*RINGS, *(name for name in self.KEY_RINGS if name not in RINGS)]
        return {name: self._ring(name) for name in names}

    @cached_property
    def audiences(self) -> tuple[str, ...]:
        """Those that a token may name, one of them each; the first is the one of tokens that choose none."""
        return (self.AUDIENCE,) if isinstance(self.AUDIENCE, str) else tuple(self.AUDIENCE or ())

    @cached_property
    def audience(self) -> str | None:
        """The first audience, which stands for this service itself."""
        return self.audiences[0] if self.audiences else None

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
            "max_age": self.KEYRING_MAX_AGE,
            "max_stale": self.KEYRING_MAX_STALE,
        }
        return Seconds(**{name: span.total_seconds() for name, span in spans.items()})

    def _ring(self, name: str) -> RingSettings:
        ours = RINGS.get(name, _PROJECT_RING)
        asked = self.KEY_RINGS.get(name, {})
        return RingSettings(
            name=name,
            algorithm=cast("str", asked.get("ALGORITHM", ours.algorithm(self))),
            use=cast("str", asked.get("USE", ours.use)),
            publish=cast("bool", asked.get("PUBLISH", ours.publish)) and may_be_published(name),
            rotate_every=cast("timedelta", asked.get("ROTATE_EVERY", self.ROTATE_EVERY)),
            publish_before=cast("timedelta", asked.get("PUBLISH_BEFORE", self.PUBLISH_BEFORE)),
            max_lifetime=cast("timedelta | None", asked.get("MAX_LIFETIME")),
        )


class _RingDefault(NamedTuple):
    algorithm: Callable[[Settings], str]
    use: str
    publish: bool


RINGS: Final[Mapping[str, _RingDefault]] = {
    "access": _RingDefault(lambda conf: conf.ALGORITHM, "sig", publish=True),
    "refresh": _RingDefault(lambda _: "HS256", "sig", publish=False),
    "kinds": _RingDefault(lambda _: "HS256", "sig", publish=False),
    "encryption": _RingDefault(lambda conf: conf.ENCRYPTION_ALGORITHM, "enc", publish=False),
}
_PROJECT_RING: Final = _RingDefault(lambda conf: conf.ALGORITHM, "sig", publish=False)


def may_be_published(ring: str) -> bool:
    """Whether the keys of `ring` may be shown: not those of our own tokens that nobody else is to accept."""
    ours = RINGS.get(ring)
    return ours is None or ours.publish or ours.use == "enc"


SETTINGS: Final[Mapping[str, Field[Any]]] = {line.name: line for line in fields(Settings)}
RING_SETTINGS: Final[Mapping[str, rules.Rule]] = {
    "ALGORITHM": rules.text,
    "USE": rules.use,
    "PUBLISH": rules.flag,
    "ROTATE_EVERY": rules.positive,
    "PUBLISH_BEFORE": rules.not_negative,
    "MAX_LIFETIME": rules.positive,
}


@sensitive_variables()
def problems(raw: object) -> list[Problem]:
    """Every fault of a `JWTKIT` value that shows without a look at the rest of the project."""
    if not isinstance(raw, Mapping):
        return [Problem("value", "JWTKIT", "JWTKIT must be a dict", "Write JWTKIT = {} for the defaults.")]
    faults = _faults(raw, {name: line.metadata["rule"] for name, line in SETTINGS.items()}, "")
    rings = raw.get("KEY_RINGS")
    if rules.table(rings) is None:
        for name, ring in cast("Mapping[str, Mapping[object, object]]", rings).items():
            faults += _faults(ring, RING_SETTINGS, f"KEY_RINGS.{name}.")
    return faults


@sensitive_variables()
def _faults(raw: Mapping[object, object], table: Mapping[str, rules.Rule], prefix: str) -> list[Problem]:
    found = []
    for name, value in raw.items():
        if name not in table:
            hint = did_you_mean(str(name), table)
            found.append(Problem("unknown", f"{prefix}{name}", f"{prefix}{name} is no setting", hint))
        elif wrong := table[cast("str", name)](value):
            hint = "See the settings table in the README."
            found.append(Problem("value", f"{prefix}{name}", f"{prefix}{name} {wrong}", hint))
    return found


_built: tuple[object, object, Settings] | None = None  # JWTKIT, as it was, and what was made of that


def conf() -> Settings:
    """The settings as they are now; built anew when `JWTKIT` is another dict or holds other values.

    Also where a list or dict inside has been changed in place: a kid that is denied is denied at once.

    Raises `ImproperlyConfigured`, with all that is wrong, for what `manage.py check` refuses too.
    """
    # This is asked for each token. It holds no secret itself, so it does without `sensitive_variables`.
    return _current() or _renewed()


def _current() -> Settings | None:
    built = _built
    if built is None or getattr(settings, "JWTKIT", None) is not built[0] or built[0] != built[1]:
        return None
    return built[2]


@sensitive_variables()
def _renewed() -> Settings:
    global _built  # noqa: PLW0603 - one process, one settings module
    raw = getattr(settings, "JWTKIT", None)
    held = _own(raw)
    made = _build({} if held is None else held)
    _built = raw, held, made
    return made


def _own(value: object) -> object:
    """Return `value` with containers of our own, which nobody else changes, all the way down."""
    if isinstance(value, Mapping):
        return {name: _own(inner) for name, inner in dict(value).items()}  # a thread may be changing it
    if isinstance(value, list | tuple):
        inside = [_own(inner) for inner in value]
        return inside if isinstance(value, list) else tuple(inside)
    return set(value) if isinstance(value, set) else value


@sensitive_variables()
def _build(raw: object) -> Settings:
    if faults := problems(raw):
        raise ImproperlyConfigured("; ".join(f"JWTKIT: {fault.message}. {fault.hint}" for fault in faults))
    return Settings(**cast("Mapping[str, Any]", raw))
