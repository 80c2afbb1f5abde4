"""What others wrote is one line of printable characters wherever it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.wording import escape

HOSTILE = "zz\x1b[2J\x1b]0;owned\x07\nCRITICAL forged\r\u202e\u2028\x85\x9b31m\x00\x7f"


@pytest.mark.threat("LEAK-003")
@given(st.text(), st.integers(1, 50))
def test_any_text_is_one_short_printable_line(text, limit):
    """Nothing moves the cursor, begins a line or turns the direction of what is read."""
    line = escape(text, limit)
    assert line.isprintable()
    assert len(line) <= limit + 1


def test_what_can_be_printed_stays_as_it_is():
    """Names of all scripts are what operators look for."""
    for text in ("", "alice", "Zoë", "名前", "a\\b", "kid+/=_-"):
        assert escape(text) == text
    assert escape("abcdef", 3) == "abc…"
    assert escape(ValueError("x\ny")) == r"x\ny"


def test_escapes_name_the_character():
    """An operator can tell what was sent."""
    assert escape("a\n\x1b\u202e\x9b") == r"a\n\x1b\u202e\x9b"
    assert escape(HOSTILE).isprintable()
