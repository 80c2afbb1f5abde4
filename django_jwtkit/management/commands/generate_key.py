"""`generate_key`: one more key, before it is due."""

from typing import Any

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.input.algorithms import check_algorithm
from django_jwtkit.management.reports.plans import describe_plan, summarize_plan


class Command(base.Command):
    """The private part is sealed in the database and never printed."""

    help = "Makes a key: the first of a ring signs at once, another is a standby until its turn comes."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", default="access", help="The ring; default: access.")
        parser.add_argument("--algorithm", default="", help="Instead of the configured algorithm.")

    def report(self, *, ring: str, algorithm: str, **_: Any) -> Report:
        check_algorithm(keys.policy(ring), algorithm, "generate_key")
        plan = keys.generate(ring, algorithm=algorithm, by=base.operator(), source=base.SOURCE)
        new_keys = [step.key for step in plan.steps if step.action == "made"]
        data = plan.to_dict() | summarize_plan(plan) | {"kids": [key.kid for key in new_keys]}
        return Report(lines=list(describe_plan(plan)), data=data)
