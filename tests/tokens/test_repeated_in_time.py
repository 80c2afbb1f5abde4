"""A token that comes again, at any time, under any clock: it is told what a new one is told."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as trial
from hypothesis import strategies as st

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import TokenError
from django_jwtkit.jose import jws
from django_jwtkit.keys import State, StoredKey
from tests.keys.rows import key_in, vouch_for

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
OFTEN = [-400, -361, -360, -121, -120, -61, -60, -1, 0, 1, 59, 60, 61, 119, 120, 121, 181, 299, 300, 301, 400]
seconds = st.sampled_from(OFTEN) | st.integers(-900, 900).map(lambda halves: halves / 2)
allowed = st.sampled_from([0, 1, 60, 300])


@pytest.fixture
def kept(settings):
    """This second, the only key of the access ring, and the settings to write into."""
    StoredKey.objects.exclude(pk=key_in(State.ACTIVE).pk).filter(ring_id="access").delete()
    now = moments.now().replace(microsecond=0)
    key = keys.signing_key("access", now=moments.now(), lifetime=SECOND)
    settings.JWTKIT = {}
    return now, key, settings.JWTKIT


def verdict(text, now):
    """Whether `text` is a good token at `now`."""
    try:
        return bool(tokens.verify(text, now=now))
    except TokenError:
        return False


@trial(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    turn=st.tuples(seconds | st.none(), seconds | st.none()),
    dates=st.fixed_dictionaries({"iat": seconds, "exp": seconds}, optional={"nbf": seconds}),
    lax=st.tuples(allowed, allowed, allowed),
    moments=st.lists(seconds, min_size=2, max_size=6),
)
@example((0, None), {"iat": -240, "exp": 60}, (0, 60, 60), [0, -180])  # a clock that is set back to a standby
@example((-400, 1), {"iat": 299, "exp": 400}, (300, 60, 60), [0, 2])  # from the future, of a key that retires
@example((None, 60), {"iat": 0, "exp": 400}, (0, 60, 60), [0, 60, 61])  # of a key that only verifies
def test_it_is_told_what_a_new_one_is_told(kept, turn, dates, lax, moments):
    """Whatever its dates are, those of its key, what the settings allow, and where the clock goes."""
    start, key, settings = kept
    names = ("LEEWAY", "CLOCK_SKEW", "SIGNING_MAX_AGE")
    settings |= zip(names, (number * SECOND for number in lax), strict=True)
    sign_from, sign_until = (None if at is None else start + at * SECOND for at in turn)
    life = {"sign_from": sign_from, "sign_until": sign_until, "published_at": start - 900 * SECOND}
    promise = {"max_lifetime": 600 * SECOND, "margin": SECOND, "open_slot": None}
    StoredKey.objects.filter(ring_id="access").update(**life, **promise)
    claims = {name: start.timestamp() + at for name, at in dates.items()}
    payload = json.dumps({"sub": "1", "jti": "0123456789abcdef", **claims}).encode()
    text = jws.sign(payload, key, header={"typ": "at+jwt"})
    vouch_for("access")
    verdicts = [verdict(text, start + at * SECOND) for at in moments]
    new = []
    for at in moments:
        keys.forget()
        new.append(verdict(text, start + at * SECOND))
    assert verdicts == new
