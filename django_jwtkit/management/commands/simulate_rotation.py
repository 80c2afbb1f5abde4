"""`simulate_rotation`: a year under these settings, in a second, before it happens."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys, moments
from django_jwtkit.conf import Settings
from django_jwtkit.keys.simulation import check_promises, send_tokens, simulate_year
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import usage
from django_jwtkit.management.input.algorithms import check_algorithm
from django_jwtkit.management.input.overrides import override_settings
from django_jwtkit.management.layout import terminal_width
from django_jwtkit.management.reports.chart import ASCII, BLOCKS
from django_jwtkit.management.reports.simulation import simulation_data, simulation_lines
from django_jwtkit.wording import plural

NAME: Final = "simulate_rotation"
MAX_DAYS: Final = 3660


class Command(base.Command):
    """Pure arithmetic: the database is not asked, and nothing is changed."""

    help = (
        "Simulates a year of key rotation: several servers, consumers that expire their cache, a job that "
        "fails. Tells how many valid tokens were rejected (0 under sound settings; else exit 1) and which "
        "promise broke first."
    )
    requires_system_checks = ()  # it exists to try unsound settings

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", default="access", help="The ring to simulate; default: access.")
        parser.add_argument("--days", type=int, default=365, help="How long; default: 365.")
        parser.add_argument("--seed", type=int, default=0, help="Another seed gives other mishaps.")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="A setting to try: ROTATE_EVERY=30d, CONSUMER_CACHE=36h, ALGORITHM=RS256.",
        )

    def report(self, *, ring: str, days: int, seed: int, **options: Any) -> Report:
        if not 1 <= days <= MAX_DAYS:
            raise usage(f"--days must be 1 to {MAX_DAYS}, got {days}.", NAME)
        settings, random = _settings(options["set"]), Random(seed)  # noqa: S311 - guards nothing
        policy = keys.policy(ring, settings)
        check_algorithm(policy, policy.algorithm, NAME)
        start = moments.now().replace(hour=0, minute=0, second=0, microsecond=0)
        year = simulate_year(ring, settings, start=start, days=days, random=random)
        traffic = send_tokens(year, random)
        promises = check_promises(year, traffic)
        ink = BLOCKS if self.can_show("".join(BLOCKS)) else ASCII
        return Report(
            lines=list(simulation_lines(year, traffic, promises, width=terminal_width(), ink=ink)),
            data=simulation_data(year, traffic, promises),
            failure=f"{plural(len(traffic.rejected), 'valid token')} rejected." if traffic.rejected else "",
        )


def _settings(assignments: Sequence[str]) -> Settings:
    try:
        return override_settings(assignments)
    except ValueError as error:
        raise usage(f"--set: {error}", NAME) from error
