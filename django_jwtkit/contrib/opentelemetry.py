"""Metrics for OpenTelemetry: call `instrument()` once, for example in the `ready` of your own app.

Counters follow signals and observers. The gauges show the health of the keys, which a process reads at most
once a minute, when its metrics are collected.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from django_jwtkit import db, signals, tokens
from django_jwtkit.health import Health, recent_health
from django_jwtkit.tokens import TokenKind

from .extras import require

with require("opentelemetry"):
    from opentelemetry.metrics import CallbackOptions, Counter, MeterProvider, Observation, get_meter

METER: Final = "django_jwtkit"


class Instrument(NamedTuple):
    """The unit of an instrument, and what it counts or measures."""

    unit: str
    description: str


ISSUED: Final = "jwtkit.tokens.issued"
VERIFIED: Final = "jwtkit.tokens.verified"
REJECTED: Final = "jwtkit.tokens.rejected"
REUSED: Final = "jwtkit.refresh.reused"
COUNTERS: Final[Mapping[str, Instrument]] = {
    ISSUED: Instrument("{token}", "Tokens issued, by kind"),
    VERIFIED: Instrument("{token}", "Tokens of our own verified, by kind"),
    REJECTED: Instrument("{token}", "Tokens of requests rejected, by code"),
    REUSED: Instrument("{session}", "Sessions ended because a used refresh token came again"),
}
GAUGES: Final[Mapping[str, Instrument]] = {
    "jwtkit.keys": Instrument("{key}", "Trusted keys, by ring and state"),
    "jwtkit.rotation.next_seconds": Instrument("s", "Time until the next key of a ring takes over"),
    "jwtkit.rotation.last_run_seconds": Instrument("s", "Time since rotate_keys last ran in a ring"),
}


def instrument(meter_provider: MeterProvider | None = None) -> None:
    """Count and measure from now on, by `meter_provider` or the global one. A second call does nothing."""
    if _active:
        return
    meter = get_meter(METER, meter_provider=meter_provider)
    counters = {name: meter.create_counter(name, *about) for name, about in COUNTERS.items()}
    for name, about in GAUGES.items():
        meter.create_observable_gauge(name, [partial(_observe, READINGS[name])], *about)
    _active.append(_Counting(counters))


def uninstrument() -> None:
    """Count and measure no more, as for a test."""
    while _active:
        _active.pop().stop()


class _Counting:
    """The counters, connected to what they count."""

    def __init__(self, counters: Mapping[str, Counter]) -> None:
        self._counters = counters
        tokens.observers.ISSUED.append(self._issued)
        tokens.observers.VERIFIED.append(self._verified)
        signals.token_rejected.connect(self._rejected, weak=False)
        signals.refresh_reused.connect(self._reused, weak=False)

    def stop(self) -> None:
        tokens.observers.ISSUED.remove(self._issued)
        tokens.observers.VERIFIED.remove(self._verified)
        signals.token_rejected.disconnect(self._rejected)
        signals.refresh_reused.disconnect(self._reused)

    def _issued(self, kind: TokenKind) -> None:
        self._counters[ISSUED].add(1, {"kind": kind.name})

    def _verified(self, kind: TokenKind) -> None:
        self._counters[VERIFIED].add(1, {"kind": kind.name})

    def _rejected(self, code: str, **_: object) -> None:
        self._counters[REJECTED].add(1, {"code": code})

    def _reused(self, **_: object) -> None:
        self._counters[REUSED].add(1)


_active: Final[list[_Counting]] = []

Reading = Callable[[Health], Iterator[Observation]]


def _observe(reading: Reading, _options: CallbackOptions) -> Iterable[Observation]:
    """Read the health in the exporter's thread. Where it can't be read, nothing is observed: no zero."""
    if not _active:
        return []
    with db.leaving_no_connection():
        return list(reading(recent_health()))


def _keys(health: Health) -> Iterator[Observation]:
    for ring in health.rings:
        for state, number in ring.states.items():
            yield Observation(number, {"ring": ring.ring, "state": state.lower()})


def _next_seconds(health: Health) -> Iterator[Observation]:
    for ring in health.rings:
        if ring.next_at is not None:
            yield Observation((ring.next_at - health.now).total_seconds(), {"ring": ring.ring})


def _last_run_seconds(health: Health) -> Iterator[Observation]:
    for ring in health.rings:
        if ring.last_run is not None and not ring.is_abandoned:
            yield Observation((health.now - ring.last_run).total_seconds(), {"ring": ring.ring})


READINGS: Final[Mapping[str, Reading]] = dict(
    zip(GAUGES, (_keys, _next_seconds, _last_run_seconds), strict=True)
)
