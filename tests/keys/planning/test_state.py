"""The table of states: a function of the row and the clock, never of the settings."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.keys import State
from django_jwtkit.keys.planning import TRUSTED, Life

T0 = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def life(sign_from, sign_until, **changes) -> Life:
    dates = {
        "published_at": T0,
        "sign_from": sign_from,
        "sign_until": sign_until,
        "max_lifetime": timedelta(minutes=5),
        "margin": timedelta(minutes=2),
    }
    return Life(**(dates | changes))


FULL = life(T0 + HOUR, T0 + 2 * HOUR)
OPEN = life(T0 + HOUR, None)
FOREIGN = life(None, T0 + 2 * HOUR, max_lifetime=timedelta(0), margin=timedelta(0))
LAST = T0 + 2 * HOUR + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("key", "now", "state"),
    [
        (FULL, T0, State.STANDBY),
        (FULL, T0 + HOUR - SECOND, State.STANDBY),
        (FULL, T0 + HOUR, State.ACTIVE),
        (FULL, T0 + 2 * HOUR - SECOND, State.ACTIVE),
        (FULL, T0 + 2 * HOUR, State.RETIRED),
        (FULL, LAST, State.RETIRED),
        (FULL, LAST + SECOND, State.EXPIRED),
        (OPEN, T0, State.STANDBY),
        (OPEN, T0 + 9000 * HOUR, State.ACTIVE),
        (FOREIGN, T0, State.VERIFY_ONLY),
        (FOREIGN, T0 + 2 * HOUR, State.VERIFY_ONLY),
        (FOREIGN, T0 + 2 * HOUR + SECOND, State.EXPIRED),
        (life(T0 + HOUR, None, revoked_at=T0), T0, State.REVOKED),
        (life(T0, None, revoked_at=T0), T0 + HOUR, State.REVOKED),
        (life(T0, T0, revoked_at=T0), LAST + HOUR, State.REVOKED),
    ],
)
@pytest.mark.threat("KEY-007", "KEY-008")
def test_the_clock_makes_the_state(key, now, state):
    """Each line of the table, on both sides of each boundary."""
    assert key.state(now) is state


def test_trust_ends_a_lifetime_and_a_margin_after_the_last_signature():
    """Rule 3: computed from columns."""
    assert FULL.verify_until == LAST
    assert OPEN.verify_until is None
    assert FOREIGN.verify_until == T0 + 2 * HOUR


MINUTES = st.integers(0, 20).map(lambda number: T0 + timedelta(minutes=number))
TURNS = st.tuples(st.none() | MINUTES, st.none() | MINUTES)


@given(
    key=TURNS.filter(lambda turn: None in turn or turn[0] <= turn[1]).map(lambda turn: life(*turn)),
    issued=MINUTES.map(datetime.timestamp),
    now=MINUTES,
    skew=st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(minutes=5)]),
)
def test_the_trust_window_is_where_a_key_is_trusted_and_not_misused(key, issued, now, skew):
    """The window says at once what `state` and `explain_misuse` say at each moment, but for the last one."""
    seconds = skew.total_seconds()
    begins, ends = key.turn.trust_window(issued, skew=seconds, linger=2 * seconds)
    good = key.state(now) in TRUSTED and not key.explain_misuse(now, issued, skew=skew, linger=2 * skew)
    believed = begins <= now.timestamp() < ends
    assert believed == good or (good and now == key.verify_until)
