"""One file writes times, durations and hints, and every time that it writes is UTC."""

import ast
import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from django_jwtkit import errors, wording

PACKAGE = Path(wording.__file__).parent.parent
TOKYO = ZoneInfo("Asia/Tokyo")
ENDPOINTS = {"contrib", "drf"}  # what they refuse by themselves never comes to the inspector
JUDGES = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in ENDPOINTS]
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


def test_a_message_is_its_english_sentence():
    """Logs, commands and JSON need not know that it is more than text; a pickle keeps what pages need."""
    values = {"key": "k1", "moment": datetime(2026, 11, 28, 14, 38, tzinfo=UTC), "reason": "It leaked."}
    message = wording.message("Key {key} ended on {moment}: {reason}.", **values)
    assert message == "Key k1 ended on 2026-11-28 14:38 UTC: It leaked."
    assert json.dumps([message]) == '["Key k1 ended on 2026-11-28 14:38 UTC: It leaked."]'
    for copied in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert (copied, copied.text, copied.values) == (message, message.text, message.values)


def test_a_text_without_values_is_taken_as_it_is():
    assert wording.message("{braces}") == "{braces}"


def test_a_large_number_and_a_name_are_written_as_before():
    values = {"size": wording.Number(12345), "name": wording.Code("x")}
    assert wording.message("{size} of {name!r}", **values) == "12,345 of 'x'"


def test_an_error_keeps_its_sentences_and_not_its_traceback():
    """Of an error of ours the messages, of another one the text."""
    fact, remedy = wording.message("Key {key} is lost.", key="k1"), wording.message("Restore it.")
    lost = errors.SealingKeyLost(fact, remedy)
    assert wording.words_of(lost) == str(lost) == "Key k1 is lost. Restore it."
    assert list(wording.words_of(lost).values.values()) == [fact, remedy]
    assert wording.words_of(ValueError("no {value}")) == "no {value}"


@pytest.mark.parametrize("path", sorted(JUDGES), ids=lambda path: path.stem)
def test_each_reason_to_refuse_a_token_has_a_translation(path):
    """The inspector tells it to readers of any language, so that it is no bare text."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    refusals = [call for call in calls if _is_refusal(getattr(call.func, "id", "")) and call.args]
    assert not [call.lineno for call in refusals if isinstance(call.args[0], (ast.Constant, ast.JoinedStr))]


def _is_refusal(name):
    kind = getattr(errors, name, None)
    return isinstance(kind, type) and issubclass(kind, errors.TokenError)
