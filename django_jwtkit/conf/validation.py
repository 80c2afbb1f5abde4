"""Find the faults of a `JWTKIT` value without reading the rest of the project."""

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.wording import did_you_mean

from . import allowed
from .tables import COOKIE_SETTINGS, ISSUER_SETTINGS, RING_SETTINGS, SETTINGS, issuers, replacement_of

ISSUER_HINT: Final = "A token names the service that it is for: say here which name is yours."


class Problem(NamedTuple):
    """A fault of the settings. `kind` is "unknown" or "value"; `name` is dotted inside of another setting."""

    kind: str
    name: str
    message: str
    hint: str


@sensitive_variables()
def find_problems(values: object) -> list[Problem]:
    """Return every fault of a `JWTKIT` value that can be seen without reading the rest of the project."""
    if not isinstance(values, Mapping):
        message = f"JWTKIT must be a dict, got {type(values).__name__}"
        return [Problem("value", "JWTKIT", message, "Write JWTKIT = {} for the defaults.")]
    problems = _check(values, {name: line.metadata["rule"] for name, line in SETTINGS.items()}, "")
    rings = values.get("KEY_RINGS")
    if allowed.table(rings) is None:
        for name, ring in cast("Mapping[str, Mapping[object, object]]", rings).items():
            problems += _check(ring, RING_SETTINGS, f"KEY_RINGS.{name}.")
    trusted = values.get("TRUSTED_ISSUERS", {})
    if issuers.table(trusted) is None:
        for name, entry in cast("Mapping[str, Mapping[object, object]]", trusted).items():
            problems += _check_issuer(name, entry)
    cookies = values.get("COOKIES")
    if isinstance(cookies, Mapping):
        problems += _check(cookies, COOKIE_SETTINGS, "COOKIES.")
    return problems


def _check_issuer(name: str, entry: Mapping[object, object]) -> list[Problem]:
    prefix = f"TRUSTED_ISSUERS[{name!r}]."
    table = {name: line.metadata["rule"] for name, line in ISSUER_SETTINGS.items()}
    missing = [
        Problem("value", f"{prefix}{setting}", f"{prefix}{setting} is required", ISSUER_HINT)
        for setting in issuers.lacking(entry)
    ]
    return missing + _check(entry, table, prefix)


@sensitive_variables()
def _check(values: Mapping[object, object], table: Mapping[str, allowed.Rule], prefix: str) -> list[Problem]:
    problems = []
    for name, value in values.items():
        if name not in table:
            hint = replacement_of(str(name)) or did_you_mean(str(name), table)
            problems.append(Problem("unknown", f"{prefix}{name}", f"{prefix}{name} is not a setting", hint))
        elif wrong := table[cast("str", name)](value):
            hint = "docs/settings.md lists what each setting takes."
            problems.append(Problem("value", f"{prefix}{name}", f"{prefix}{name} {wrong}", hint))
    return problems
