"""The health of keys for django-health-check: name `KeysHealthCheck` in the `checks` of its view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django_jwtkit import db
from django_jwtkit.health import Fault, Kind, recent_health

from .extras import require

with require("health_check"):
    from health_check.base import HealthCheck
    from health_check.exceptions import HealthCheckException, ServiceUnavailable, ServiceWarning

HARMLESS: Final = frozenset({Kind.NO_STANDBY, Kind.JOB})
"""The faults with which every token is still issued and verified."""


@dataclass
class KeysHealthCheck(HealthCheck):
    """Fails while a key is not healthy: `ServiceUnavailable` for an outage, else `ServiceWarning`.

    django-health-check answers 500 for both. Set `only_outages` for a load balancer: a dead cron job is no
    reason to take a machine out. The answer may be public, so it names rings and kinds of faults only; the
    command that it names tells the rest. The health is at most a minute old.
    """

    only_outages: bool = False

    def run(self) -> None:
        with db.leaving_no_connection():
            faults = recent_health().faults
        outages = [fault for fault in faults if fault.kind not in HARMLESS]
        if outages:
            raise _failure(ServiceUnavailable, outages)
        if faults and not self.only_outages:
            raise _failure(ServiceWarning, faults)


def _failure(kind: type[HealthCheckException], faults: Sequence[Fault]) -> HealthCheckException:
    names = dict.fromkeys(_name(fault) for fault in faults)
    return kind(f"{', '.join(names)}. See: python manage.py keys_status")


def _name(fault: Fault) -> str:
    name = fault.kind.name.lower().replace("_", " ")
    return f"{name} ({fault.ring})" if fault.ring else name
