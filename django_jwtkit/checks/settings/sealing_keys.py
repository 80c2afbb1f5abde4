"""The secrets that seal the private keys: each has its own id, can be read, and is strong enough."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from django.core.checks import CheckMessage, register
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import moments
from django_jwtkit.checks.faults import RECIPE, TAG, fault
from django_jwtkit.keys.sealing import is_django_secret, read_secret, weakness
from django_jwtkit.wording import when

from .values import valid_settings

Entry = Mapping[str, object]


@register(TAG)
def check_sealing_keys(**_: object) -> list[CheckMessage]:
    """E016, E017, E018, E032: never the secret itself, only what is wrong with it."""
    settings = valid_settings()
    if settings is None:
        return []
    entries = settings.SEALING_KEYS
    duplicates = [name for name, times in Counter(entry["id"] for entry in entries).items() if times > 1]
    return [
        *(fault("E016", id=name) for name in duplicates),
        *(each for entry in entries for each in _entry(entry)),
        *_retired(entries),
    ]


def _retired(entries: Sequence[Entry]) -> list[CheckMessage]:
    """Report E032 where each of the `entries` has retired: no key can be opened, each answer is a 503."""
    ends = [cast("datetime | None", entry.get("until")) for entry in entries]
    past = [end for end in ends if end is not None and end <= moments.now()]
    return [fault("E032", last=when(max(past)), recipe=RECIPE)] if past and len(past) == len(ends) else []


@sensitive_variables()
def _entry(entry: Entry) -> list[CheckMessage]:
    name = entry["id"]
    try:
        secret = read_secret(entry)
    except (OSError, TypeError, ValueError) as error:  # TypeError, ValueError: a path that is not a path
        why = error.strerror if isinstance(error, OSError) else str(error)
        hint = f"Let the user that Django runs as read the file: {entry.get('path')!r}"
        return [fault("E017", id=name, reason=f"its file cannot be read ({why})", hint=hint)]
    if is_django_secret(secret):
        return [fault("E018", id=name, recipe=RECIPE)]
    if wrong := weakness(secret):
        return [fault("E017", id=name, reason=wrong, hint=f"Make one with: {RECIPE}")]
    return []
