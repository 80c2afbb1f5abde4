"""One file writes times, durations and hints, and every time that it writes is UTC."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from django_jwtkit import wording

PACKAGE = Path(wording.__file__).parent.parent
TOKYO = ZoneInfo("Asia/Tokyo")
SUMMER = datetime(2026, 7, 1, 2, 30, tzinfo=TOKYO)  # 17:30 UTC, the day before


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (wording.iso, "2026-06-30T17:30:00Z"),
        (wording.when, "2026-06-30 17:30 UTC"),
        (wording.minute, "2026-06-30 17:30"),
        (wording.day, "2026-06-30"),
    ],
)
def test_a_moment_of_any_zone_is_written_in_utc(write, text):
    assert write(SUMMER) == write(SUMMER.astimezone(UTC)) == text


def test_the_hour_that_comes_twice_is_written_as_two_hours():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert wording.when(first) == "2026-10-25 00:30 UTC"
    assert wording.when(first.replace(fold=1)) == "2026-10-25 01:30 UTC"


def test_no_moment_has_words_of_its_own():
    assert (wording.iso(None), wording.when(None), wording.when(None, never="open")) == (None, "-", "open")


def test_a_duration_for_people_and_for_the_settings():
    duration = timedelta(days=1, minutes=7)
    assert wording.how_long(duration) == "1 day 7 minutes"
    assert wording.literal(duration) == "timedelta(days=1, minutes=7)"
    assert wording.literal(timedelta(0)) == "timedelta(0)"


@pytest.mark.parametrize(
    ("name", "hint"), [("issuer", "Did you mean 'ISSUER'?"), ("xyz", "Choose one of: ISSUER, B.")]
)
def test_a_hint_names_the_nearest_or_all(name, hint):
    assert wording.did_you_mean(name, ["ISSUER", "B"]) == hint


def test_no_other_file_writes_a_time_or_guesses_a_name():
    """The admin writes times in the reader's language; a value of HTML's time element is ISO 8601."""
    others = {*PACKAGE.rglob("*.py")} - {*(PACKAGE / "wording").iterdir()} - {PACKAGE / "admin" / "dates.py"}
    forbidden = ("strftime", ".isoformat(", "get_close_matches", ":%Y-%m-%d")
    places = [(path.name, word) for path in others for word in forbidden if word in path.read_text()]
    assert sorted(places) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_the_text_of_a_message_can_be_translated(path):
    """It is marked for xgettext: a literal in the call would never come into a catalogue."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    messages = [call for call in calls if getattr(call.func, "id", "") == "Message" and call.args]
    assert not [call.lineno for call in messages if isinstance(call.args[0], (ast.Constant, ast.JoinedStr))]


def test_a_message_writes_its_values_as_a_terminal_shows_them():
    """Times in UTC, durations in words, the beginning of a kid, plurals; braces in a value stay."""
    values = {
        "key": wording.KeyName("abcdefghijklmnop"),
        "end": datetime(2026, 11, 29, 12, tzinfo=UTC),
        "span": timedelta(days=1, minutes=5),
        "number": wording.Count(2, "session"),
        "reason": "{key} & <b>",
    }
    message = wording.Message("{key} until {end}, {span}: {number}, {reason}", values)
    text = "abcdefghijkl until 2026-11-29 12:00 UTC, 1 day 5 minutes: 2 sessions, {key} & <b>"
    assert str(message) == text
