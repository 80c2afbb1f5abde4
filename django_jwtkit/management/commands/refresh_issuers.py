"""`refresh_issuers`: fetch the key sets of trusted issuers that are due. For cron, beside any traffic."""

from typing import Any

from django_jwtkit import issuers
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.wording import plural


class Command(base.Command):
    """Idempotent: on several hosts at once, one of them fetches."""

    help = "Fetches the key sets of trusted issuers that are due. Processes do so by themselves, too."

    def report(self, **_: Any) -> Report:
        states = issuers.refresh_due()
        errors = {name: state.error for name, state in states.items() if state.error}
        lines = [f"{name}: {error}" for name, error in errors.items()]
        good = len(states) - len(errors)
        if good or not states:
            lines.append(f"{plural(good, 'issuer')} up to date.")
        return Report(
            lines=lines,
            data={"issuers": {name: {"error": state.error or None} for name, state in states.items()}},
            failure=f"The keys of {plural(len(errors), 'issuer')} could not be fetched." if errors else "",
        )
