"""`generate_key`: one key more, before its time."""

from typing import Any

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.reports.plans import tell, upcoming


class Command(base.Command):
    """The secret part is sealed in the database and printed nowhere."""

    help = "Makes a key: the first of a ring signs at once, another stands by until its turn comes."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", default="access", help="The ring; access without this.")
        parser.add_argument("--algorithm", default="", help="Another algorithm than the settings ask for.")

    def report(self, *, ring: str, algorithm: str, **_: Any) -> Report:
        base.known_algorithm(keys.policy(ring), algorithm, "generate_key")
        plan = keys.generate(ring, algorithm=algorithm, by=base.operator(), source=base.SOURCE)
        new = [step.key for step in plan.steps if step.action == "made"]
        data = plan.to_dict() | upcoming(plan) | {"kids": [key.kid for key in new]}
        return Report(lines=list(tell(plan)), data=data)
