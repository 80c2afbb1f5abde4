"""The secrets that seal the private keys: each with an id of its own, readable, and worth its name."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from django.core.checks import CheckMessage, register
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import moments
from django_jwtkit.keys.sealing import is_django_secret, weakness, without_line_end
from django_jwtkit.wording import when

from .faults import RECIPE, TAG, fault
from .values import sound

Entry = Mapping[str, object]


@register(TAG)
def check_sealing_keys(**_: object) -> list[CheckMessage]:
    """E016, E017, E018, E032: never the secret itself, only what is wrong with it."""
    asked = sound()
    if asked is None:
        return []
    twice = [name for name, times in Counter(one["id"] for one in asked.SEALING_KEYS).items() if times > 1]
    return [
        *(fault("E016", id=name) for name in twice),
        *(found for one in asked.SEALING_KEYS for found in _entry(one)),
        *_left(asked.SEALING_KEYS),
    ]


def _left(entries: Sequence[Entry]) -> Iterator[CheckMessage]:
    """Yield E032 where each of the `entries` has retired: nothing is opened, and each answer is a 503."""
    ends = [cast("datetime | None", one.get("until")) for one in entries]
    past = [end for end in ends if end is not None and end <= moments.now()]
    if past and len(past) == len(ends):
        yield fault("E032", last=when(max(past)), recipe=RECIPE)


@sensitive_variables()
def _entry(entry: Entry) -> Iterator[CheckMessage]:
    name = entry["id"]
    try:
        secret = _secret(entry)
    except (OSError, TypeError, ValueError) as error:  # TypeError, ValueError: a path that is no path
        why = error.strerror if isinstance(error, OSError) else str(error)
        hint = f"Let the user that Django runs as read the file: {entry.get('path')!r}"
        yield fault("E017", id=name, reason=f"its file cannot be read ({why})", hint=hint)
        return
    if is_django_secret(secret):
        yield fault("E018", id=name, recipe=RECIPE)
    elif wrong := weakness(secret):
        yield fault("E017", id=name, reason=wrong, hint=f"Make one with: {RECIPE}")


def _secret(entry: Entry) -> bytes:
    """The secret of `entry`, as sealing reads it."""
    if "path" in entry:
        return without_line_end(Path(entry["path"]).read_bytes())  # type: ignore[arg-type]  # a TypeError is one of the answers
    key = entry["key"]
    return key.encode() if isinstance(key, str) else bytes(key)  # type: ignore[call-overload]
