"""`keys_status`: the health of all keys in one look, for people, monitoring and cron."""

from typing import Any

from django_jwtkit import health
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.reports.health import UNHEALTHY, describe_health, health_lines


class Command(base.Command):
    """Times are UTC."""

    requires_system_checks = ()  # it only reads, and is needed most where something is wrong
    help = "Says whether all keys are healthy, and what to do if not. Exit 1: something is wrong."

    def report(self, **_: Any) -> Report:
        status = health.read_health()
        failure = "" if status.is_ok else UNHEALTHY
        return Report(lines=list(health_lines(status)), data=describe_health(status), failure=failure)
