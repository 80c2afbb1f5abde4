"""The sentences of the history, kept as facts, so that a page can write them in its reader's language.

A row has the name of its sentence and the sentence's values, and in `detail` the whole of it in English.
A text is never read from the database, which might not be ours alone: only the texts here are formatted.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.keys.planning import FURTHER_NOTICE, NOW
from django_jwtkit.keys.planning import TEXTS as STEPS
from django_jwtkit.moments import aware
from django_jwtkit.wording import KeyName, Message, Reason, iso_exact

from .models import KeyEvent

FOUND: Final = gettext_noop("Key {key} was found revoked in its row: {reason}.")
REQUESTED: Final = gettext_noop("Key {key} may sign tokens that live up to {lifetime}: one was requested.")
SEALED: Final = gettext_noop("The private part of key {key} is sealed anew under {key_id}.")
VOUCHED_ANEW: Final = gettext_noop("Key {key} is vouched for anew under {key_id}.")
MOVED_SCOPE: Final = gettext_noop("Key {key} is vouched for in another scope.")
VOUCHED_RING: Final = gettext_noop("The ring is vouched for under {key_id}.")

TEXTS: Final[Mapping[str, str]] = {
    **STEPS,
    "found": FOUND,
    "requested": REQUESTED,
    "sealed": SEALED,
    "vouched": VOUCHED_ANEW,
    "scope": MOVED_SCOPE,
    "ring": VOUCHED_RING,
}
"""By the names in the column `facts`. A name stays when its text is reworded."""
NAMES: Final = {text: name for name, text in TEXTS.items()}


class _Value(NamedTuple):
    """How a value of a sentence is kept: under which name, and how it is written and read."""

    name: str
    write: Callable[[Any], object]
    read: Callable[[Any], object]


def _write_time(moment: datetime) -> str:
    return iso_exact(aware(moment))


def _read_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    if not YEARS.start <= moment.year < YEARS.stop:  # in another zone it might be no date
        raise ValueError(text)
    return moment


def _read_text(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(text)
    return text


def _read_duration(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


VALUES: Final[Mapping[str, _Value]] = {
    "algorithm": _Value("algorithm", str, _read_text),
    "start": _Value("from", _write_time, _read_time),
    "end": _Value("to", _write_time, _read_time),
    "trusted": _Value("trusted_until", _write_time, _read_time),
    "lifetime": _Value("lifetime", timedelta.total_seconds, _read_duration),
    "margin": _Value("margin", timedelta.total_seconds, _read_duration),
    "reason": _Value("reason", str, lambda text: Reason(_read_text(text))),
    "key_id": _Value("sealing_key", str, _read_text),
}
"""By the names in the texts. The kid has a column of its own."""

OPEN: Final = {"end": FURTHER_NOTICE, "trusted": FURTHER_NOTICE}  # where there is no date
YEARS: Final = range(1970, 9999)


def facts_of(message: Message, at: datetime) -> dict[str, object]:
    """Return `message`, of an event at the time `at`, for the column `facts`: values that JSON takes."""
    facts: dict[str, object] = {"sentence": NAMES[message.text]}
    for name, (member, write, _) in VALUES.items():
        value = message.values.get(name)
        value = at if value is NOW else value
        if value is not None and value is not FURTHER_NOTICE:
            facts[member] = write(value)
    return facts


def values_of(event: KeyEvent) -> Mapping[str, Any]:
    """Return the values of the sentence of `event`; none where they are not as we write them."""
    facts = event.facts if isinstance(event.facts, dict) else {}
    try:
        return {name: read(facts[member]) for name, (member, _, read) in VALUES.items() if member in facts}
    except (TypeError, ValueError, OverflowError):
        return {}


def message_of(event: KeyEvent) -> Message | None:
    """Return the sentence of `event`; None where its facts make none, as in a row of an earlier version."""
    facts = event.facts if isinstance(event.facts, dict) else {}
    text = TEXTS.get(str(facts.get("sentence")), "")
    values = {**OPEN, **values_of(event), "key": KeyName(event.kid)}
    if values.get("start") == event.at:
        values["start"] = NOW
    names = {name for _, name, _, _ in Formatter().parse(text) if name}
    return Message(text, values) if text and names <= values.keys() else None
