"""Words for people: times in UTC, durations, plurals, hints, and how the texts of strangers are shown."""

from .messages import Count, KeyName, Message
from .texts import database_fault, did_you_mean, escape, nearest, plural
from .times import about, day, how_long, iso, iso_exact, literal, minute, moment_of, when

__all__ = [
    "Count",
    "KeyName",
    "Message",
    "about",
    "database_fault",
    "day",
    "did_you_mean",
    "escape",
    "how_long",
    "iso",
    "iso_exact",
    "literal",
    "minute",
    "moment_of",
    "nearest",
    "plural",
    "when",
]
