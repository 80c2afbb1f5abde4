"""An inspection of a token, printed: the verdict first, then each check, then the contents."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from django_jwtkit.inspection import Check, Inspection, Outcome, dates_of
from django_jwtkit.management.layout import Verbatim, terminal_width, wrap

Claims = Mapping[str, object]
RESULTS: Final = {Outcome.GOOD: "good", Outcome.WRONG: "WRONG", Outcome.SKIPPED: "not checked"}


def lines_of(inspection: Inspection) -> Iterator[str]:
    """Yield the lines for people."""
    yield f"Verdict:   {inspection.verdict}"
    if inspection.error is not None:
        yield f"Code:      {inspection.error.code}"
    yield f"Kind:      {inspection.kind or 'none of ours'}"
    yield f"Elsewhere: A service that knows only our JWKS {inspection.jwks_only}"
    yield "Checks:"
    longest = max(len(check.name) for check in inspection.checks)
    for check in inspection.checks:
        yield from _check_lines(check, f"  {RESULTS[check.outcome]:<13}{check.name:<{longest + 2}}")
    yield from _contents(inspection)


def data_of(inspection: Inspection) -> dict[str, object]:
    """Return the same for programs."""
    error = inspection.error
    return {
        "accepted": inspection.is_accepted,
        "authenticates": inspection.authenticates,
        "verdict": inspection.verdict,
        "code": error and error.code,
        "reason": inspection.reason,
        "source": inspection.source,
        "kind": inspection.kind or None,
        "signature_verified": inspection.is_signed,
        "verified": inspection.is_verified,
        "checks": [
            {
                "check": each.name,
                "result": each.outcome,
                "message": each.message,
                "advice": each.advice or None,
            }
            for each in inspection.checks
        ],
        "jwks_only": inspection.jwks_only,
        "header": inspection.header,
        "claims": inspection.claims,
    }


def _check_lines(check: Check, beginning: str) -> Iterator[str]:
    """Yield the check beside its result, in a column of its own."""
    width = terminal_width() - len(beginning)
    words = [check.message, check.advice if check.outcome is Outcome.WRONG else ""]
    for line in (line for text in words if text for line in wrap(text, width)):
        yield Verbatim(f"{beginning}{line.strip()}")
        beginning = " " * len(beginning)


def _contents(inspection: Inspection) -> Iterator[str]:
    if inspection.header:
        yield f"Header ({inspection.header_proof}):"
        yield from _indented(inspection.header)
    if inspection.claims is not None:
        yield f"Claims ({inspection.claims_proof}):"
        yield from _indented(inspection.claims)
        yield from (f"  {name}: {date}" for name, date in dates_of(inspection.claims))


def _indented(members: Claims) -> list[str]:
    return [Verbatim(f"  {line}") for line in json.dumps(members, indent=2).split("\n")]
