"""The document's list of header parameters is the code's."""

import re
from pathlib import Path

from django_jwtkit.jose.jwa.key_management import ALGORITHMS
from django_jwtkit.jose.wire import header

PAGE = Path(__file__).resolve().parent.parent / "docs" / "algorithms-and-keys.md"
ROW = re.compile(r"^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def documented(word, column):
    """Return the parameters whose cell in a column says this."""
    section = PAGE.read_text(encoding="utf-8").partition("This is how parameters of a header are treated:")[2]
    table = section.partition("No header ever")[0]
    rows = [match for match in ROW.finditer(table) if match[column].strip() == word]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[1])}


def test_what_is_refused_and_ignored_is_what_the_page_says():
    """For `jose`, and for our own rings."""
    assert documented("refused", 2) == header.REFUSED
    assert documented("ignored", 2) == header.KEY_REFERENCES | header.IGNORED
    assert documented("refused", 3) == header.REFUSED | header.KEY_REFERENCES
    assert documented("ignored", 3) == header.IGNORED


def test_what_is_read_in_an_encrypted_token_is_what_the_page_says():
    """Each algorithm's own parameters, and the caller's two."""
    own = frozenset().union(*(row.parameters for row in ALGORITHMS.values()))
    assert documented("read, in an encrypted token", 2) == own | {"apu", "apv"}
    assert documented("read", 2) == {"alg", "kid", "typ", "cty", "enc"}
