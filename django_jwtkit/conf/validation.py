"""What is wrong with a `JWTKIT` value, found without reading the rest of the project."""

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.wording import did_you_mean

from . import issuers, rules
from .issuers import ISSUER_SETTINGS
from .rings import RING_SETTINGS
from .settings import SETTINGS
from .simplejwt import replacement_of

ISSUER_HINT: Final = "A token names the service that it is for: say here which name is yours."


class Problem(NamedTuple):
    """A fault of the settings. `kind` is "unknown" or "value"; `name` is dotted inside `KEY_RINGS`."""

    kind: str
    name: str
    message: str
    hint: str


@sensitive_variables()
def problems(raw: object) -> list[Problem]:
    """Every fault of a `JWTKIT` value that shows without a look at the rest of the project."""
    if not isinstance(raw, Mapping):
        return [Problem("value", "JWTKIT", "JWTKIT must be a dict", "Write JWTKIT = {} for the defaults.")]
    faults = _faults(raw, {name: line.metadata["rule"] for name, line in SETTINGS.items()}, "")
    rings = raw.get("KEY_RINGS")
    if rules.table(rings) is None:
        for name, ring in cast("Mapping[str, Mapping[object, object]]", rings).items():
            faults += _faults(ring, RING_SETTINGS, f"KEY_RINGS.{name}.")
    trusted = raw.get("TRUSTED_ISSUERS", {})
    if issuers.table(trusted) is None:
        for name, entry in cast("Mapping[str, Mapping[object, object]]", trusted).items():
            faults += _issuer_faults(name, entry)
    return faults


def _issuer_faults(name: str, entry: Mapping[object, object]) -> list[Problem]:
    prefix = f"TRUSTED_ISSUERS[{name!r}]."
    table = {name: line.metadata["rule"] for name, line in ISSUER_SETTINGS.items()}
    missing = [
        Problem("value", f"{prefix}{setting}", f"{prefix}{setting} is required", ISSUER_HINT)
        for setting in issuers.lacking(entry)
    ]
    return missing + _faults(entry, table, prefix)


@sensitive_variables()
def _faults(raw: Mapping[object, object], table: Mapping[str, rules.Rule], prefix: str) -> list[Problem]:
    found = []
    for name, value in raw.items():
        if name not in table:
            hint = replacement_of(str(name)) or did_you_mean(str(name), table)
            found.append(Problem("unknown", f"{prefix}{name}", f"{prefix}{name} is no setting", hint))
        elif wrong := table[cast("str", name)](value):
            hint = "See the settings table in the README."
            found.append(Problem("value", f"{prefix}{name}", f"{prefix}{name} {wrong}", hint))
    return found
