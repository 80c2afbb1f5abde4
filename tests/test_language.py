"""The source is written in plain English: the part of the rules that a program can judge.

A room whose owner has not finished stands in `NOT_YET`; it leaves the table with its last finding. To see the
findings of a room: `pytest tests/test_language.py -k keys`, or `python -m tests.support.language tests/keys`.
"""

import ast

import pytest

from tests.support import language

# Rooms with findings: this table may shrink, and it never grows.
NOT_YET: frozenset[str] = frozenset()
ROOMS = language.rooms()


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_is_written_plainly(room: str, request: pytest.FixtureRequest):
    """Names say what a value is, pronouns have an antecedent, and the trade's words go before our own."""
    findings = [str(finding) for path in ROOMS[room] for finding in language.read(path)]
    is_asked_for = room in NOT_YET and request.config.getoption("keyword")
    if room in NOT_YET and not is_asked_for:
        assert findings, f"{room} has no finding any more: remove it from NOT_YET"
    else:
        assert not findings, "\n" + "\n".join(findings)


def test_the_table_names_rooms_that_exist():
    """A room that was moved takes its entry along."""
    assert set(ROOMS) >= NOT_YET


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "for one in keys: pass",
        "def read(held): pass",
        "self._known = {}",
        "class told: pass",
        "if (asked := get()): pass",
        "def is_signed() -> str: ...",
        "def signed() -> bool: ...",
    ],
)
def test_a_name_that_does_not_say_what_it_is_is_found(code: str):
    """Variables, parameters, loops, attributes, classes; and predicates that are none."""
    assert len(list(language.check_names(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Who guesses passwords must be slowed down.",
        "It answers 304 to whom they are not new.",
        "A note for who keeps it.",
        "What is damaged is not replaced.",
        "The user forgets his password.",
        "This can be mended.",
        "Revoke this key for ever",
        "Rotate all the same",
    ],
)
def test_a_phrase_that_must_be_read_twice_is_found(text: str):
    """In comments and in strings."""
    assert len(list(language.check_texts(f"# {text}"))) == 1
    assert len(list(language.check_texts(f"{text!r}"))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "key = 1  # the user who signed it",
        "'Who may read this page?'",
        "'Return what the header says.'",
        "def is_signed() -> bool: ...",
        "def find_key() -> Key: ...",
        "known_headers = {}",
    ],
)
def test_plain_english_passes(code: str):
    """Relative clauses, questions, and names with one of the words in them."""
    assert [*language.check_names(ast.parse(code)), *language.check_texts(code)] == []
