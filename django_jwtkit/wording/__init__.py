"""Words for people: times in UTC, durations, plurals, hints, and how the texts of strangers are shown."""

from .faults import database_fault
from .messages import Code, Command, Count, KeyName, Message, Number, Reason, join, message, pair, words_of
from .texts import did_you_mean, escape, nearest, plural
from .times import about, day, how_long, iso, iso_exact, literal, minute, moment_of, when

__all__ = [
    "Code",
    "Command",
    "Count",
    "KeyName",
    "Message",
    "Number",
    "Reason",
    "about",
    "database_fault",
    "day",
    "did_you_mean",
    "escape",
    "how_long",
    "iso",
    "iso_exact",
    "join",
    "literal",
    "message",
    "minute",
    "moment_of",
    "nearest",
    "pair",
    "plural",
    "when",
    "words_of",
]
