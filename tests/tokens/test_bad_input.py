"""Bad input never costs: no query beyond the ring's one extra look, and memory stays flat."""

import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import tokens
from django_jwtkit.errors import MalformedToken, UnknownKey
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps

UNKNOWN = 2000
FLAT = 256 * 1024  # octets


@pytest.fixture(params=[[], ["access"]], ids=["signed", "encrypted"])
def warm(request, alice, settings):
    """A process that has verified a good token, and an interval that no slow machine can outlast."""
    settings.JWTKIT = {"ENCRYPT": request.param, "KEYRING_MAX_AGE": timedelta(hours=1)}
    tokens.verify(tokens.issue(alice))
    return request.param


def unknown(number, encrypted):
    """Return a token of a good form, by a key that nobody has."""
    header = {"alg": "ES256", "kid": f"unknown-{number}", "typ": "at+jwt"}
    rest = [b"{}", bytes(64)]
    if encrypted:
        header |= {"alg": "A256KW", "enc": "A256GCM", "cty": "JWT"}
        rest = [bytes(40), bytes(12), b"ciphertext", bytes(16)]
    return ".".join(map(b64u_encode, [dumps(header), *rest]))


@pytest.mark.threat("DOS-004", "DOS-005", "DOS-006")
@pytest.mark.parametrize("text", ["a" * 2**20, "." * 5000, "." * 2**20, "a.b." + "c" * 2**20], ids=len)
def test_what_is_too_long_costs_no_query(warm, text):
    """Nor does what has too many dots: the length is looked at first."""
    with CaptureQueriesContext(connection) as queries, pytest.raises(MalformedToken):
        tokens.verify(text)
    assert len(queries) == 0


@pytest.mark.threat("KID-023")
def test_unknown_kids_cost_one_look(warm):
    """However many come, and nothing of them is kept."""
    texts = [unknown(number, warm) for number in range(UNKNOWN)]
    tracemalloc.start()
    with CaptureQueriesContext(connection) as queries:
        for text in texts:
            with pytest.raises(UnknownKey):
                tokens.verify(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(queries) <= 1
    assert peak < FLAT
