"""`migrate_from_simplejwt`: says what a project that uses simplejwt has to do, and does none of it."""

from typing import Any

from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.simplejwt import take_survey


class Command(base.Command):
    """It reads settings, source and tables, and writes nothing."""

    requires_system_checks = ()  # the project is on its way, and its settings may be of both packages
    help = "Says what a project that uses simplejwt has to change, by file and line. Changes nothing."

    def report(self, **_: Any) -> Report:
        survey = take_survey()
        return Report(lines=list(survey.lines()), data=survey.to_dict())
