"""Sixty virtual hours of a provider that rotates every two hours, with an outage of a day, or longer."""

from collections import Counter

import pytest

from django_jwtkit import issuers
from django_jwtkit.errors import ServiceUnavailable
from django_jwtkit.jose import Key
from django_jwtkit.jose.remote import FetchedKeys

from .conftest import NOW, sign
from .test_published import Provider

pytestmark = pytest.mark.django_db(transaction=True)
STEP = 20  # minutes between two requests
TURN = 120  # minutes that a key signs; it is published so long before
HOURS = 60
RING = [Key.generate("ES256", kid=f"turn-{number}") for number in range(HOURS * 60 // TURN + 2)]


@pytest.fixture
def live(publisher, trust):
    """Return a function that lives through the hours, and returns the outcomes of requests by minute."""
    provider = Provider(publisher)
    trust(provider.iss, DISCOVERY_URL=None, PRIVATE_ADDRESSES=True)

    def run(down):
        outcomes = {}
        for minute in range(0, HOURS * 60, STEP):
            provider.is_down = minute in down
            turn = (down.start if provider.is_down else minute) // TURN  # it rotates nothing then
            provider.keys = RING[max(turn - 1, 0) : turn + 2]
            outcomes[minute] = _ask(provider.iss, RING[turn], NOW + 60 * minute)
        return outcomes

    return run


def _ask(iss, key, at):
    keys = issuers.issuer_of(iss).keys
    assert isinstance(keys, FetchedKeys)
    keys.refresh_if_due(at)  # as the thread does, but before the next minute
    try:
        return issuers.verify(sign(key=key, iss=iss, iat=at, exp=at + 600), at).subject
    except ServiceUnavailable:
        return 503


def test_no_good_token_is_refused_through_a_day_of_outage(live):
    outcomes = live(range(20 * 60, 43 * 60))
    assert Counter(outcomes.values()) == {"7": len(outcomes)}


def test_an_outage_beyond_the_limit_is_a_503_until_it_ends(live):
    """Never a 401, and not a minute before MAX_STALE."""
    outcomes = live(range(20 * 60, 50 * 60))
    bad = [minute for minute, outcome in outcomes.items() if outcome != "7"]
    assert set(outcomes.values()) == {"7", 503}
    assert 44 * 60 - STEP <= bad[0] <= 44 * 60 + STEP
    assert bad == list(range(bad[0], 50 * 60, STEP))
