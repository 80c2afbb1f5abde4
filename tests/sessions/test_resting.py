"""A session turns once within REFRESH_GRACE; the newest token, shown again, is answered with itself."""

from datetime import timedelta

import pytest

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import PasswordChanged, RefreshReused, UserInactive
from django_jwtkit.sessions import Session
from django_jwtkit.sessions.refreshing.verdicts import LONGEST_STEP_BACK, Verdict, judge
from tests.support.aging import let_pass

MINUTE, SECOND, HOUR = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)
GRACE = 10 * SECOND


@pytest.mark.threat("RFR-002", "RFR-003")
def test_the_newest_token_is_answered_with_itself(pair, counter, row):
    """The counter stays; the text is a new one, with a jti and a date of its own."""
    newest = sessions.refresh(pair.refresh)
    again = [sessions.refresh(newest.refresh) for _ in range(3)]
    assert {counter(answer) for answer in again} == {counter(newest)} == {row().counter} == {1}
    texts = [newest.refresh, *(answer.refresh for answer in again)]
    claims = [tokens.verify(text, kind=tokens.REFRESH) for text in texts]
    assert len({each["jti"] for each in claims}) == len(set(texts)) == 4
    assert {each["exp"] for each in claims} == {claims[0]["exp"]}  # the session's end has not moved


def test_after_the_grace_it_turns(pair, counter):
    """And each text of the generation is as good as the others."""
    newest = sessions.refresh(pair.refresh)
    again = sessions.refresh(newest.refresh)
    let_pass(9)
    assert counter(sessions.refresh(again.refresh)) == 1
    let_pass(2)
    assert counter(sessions.refresh(again.refresh)) == 2
    assert counter(sessions.refresh(newest.refresh)) == 2


def test_the_first_refresh_after_a_login_turns(pair, counter):
    """However soon: no other client can have this token yet."""
    assert counter(sessions.refresh(pair.refresh)) == 1


@pytest.mark.threat("RFR-002")
def test_two_tabs_and_a_slow_request_stay_logged_in(pair, counter, row):
    """One tab refreshes twice within a second; the other's request, with the first token, comes last."""
    first = sessions.refresh(pair.refresh)
    second = sessions.refresh(first.refresh)
    late = sessions.refresh(pair.refresh)
    assert {counter(first), counter(second), counter(late)} == {1}
    assert row().ended_at is None


def test_by_the_callers_clock(alice, now, counter):
    """`now` stands for the database's clock: the same limits, without waiting."""
    first = sessions.start(alice, now=now).refresh
    second = sessions.refresh(first, now=now + MINUTE).refresh
    at = now + MINUTE + GRACE
    assert counter(sessions.refresh(second, now=at - SECOND), at) == 1
    assert counter(sessions.refresh(second, now=at), at) == 2


@pytest.mark.threat("RFR-017")
@pytest.mark.parametrize("step", [-HOUR, -SECOND])
def test_a_clock_that_was_set_back_logs_nobody_out(pair, counter, row, step):
    """No time counts as passed: the session rests until the clock has caught up."""
    newest = sessions.refresh(pair.refresh)
    let_pass(step.total_seconds())
    assert counter(sessions.refresh(newest.refresh)) == 1
    assert counter(sessions.refresh(pair.refresh)) == 1
    assert row().ended_at is None


def test_a_session_does_not_rest_for_a_year(pair, counter, row):
    """Dated by a clock that was a year ahead, it turns, and is dated anew."""
    newest = sessions.refresh(pair.refresh)
    let_pass(-365 * 24 * 3600)
    assert counter(sessions.refresh(newest.refresh)) == 2
    assert abs(row().rotated_at - row().last_used_at) < MINUTE


def test_a_resting_session_asks_about_its_user(pair, alice):
    """Inactive or with another password: refused as ever."""
    newest = sessions.refresh(pair.refresh)
    alice.set_password("a new pass phrase")
    alice.save()
    with pytest.raises(PasswordChanged):
        sessions.refresh(newest.refresh)
    type(alice).objects.update(is_active=False)
    with pytest.raises(UserInactive):
        sessions.refresh(newest.refresh)
    assert Session.objects.get().end_reason == "user_inactive"


def test_without_a_grace_every_refresh_turns(pair, counter, settings):
    """REFRESH_GRACE = 0: strict, for projects that want it."""
    settings.JWTKIT = {"REFRESH_GRACE": timedelta(0)}
    text = pair.refresh
    for generation in range(1, 4):
        answer = sessions.refresh(text)
        assert counter(answer) == generation
        text = answer.refresh
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh)


@pytest.mark.parametrize(
    ("presented", "age", "verdict"),
    [
        (6, 0 * SECOND, Verdict.UNISSUED),
        (6, None, Verdict.UNISSUED),
        (5, None, Verdict.TURN),
        (5, GRACE, Verdict.TURN),
        (5, GRACE - timedelta.resolution, Verdict.REPEAT),
        (5, -LONGEST_STEP_BACK, Verdict.REPEAT),
        (5, -LONGEST_STEP_BACK - timedelta.resolution, Verdict.TURN),
        (4, GRACE, Verdict.SPENT),
        (4, GRACE - timedelta.resolution, Verdict.REPEAT),
        (4, -HOUR, Verdict.REPEAT),
        (4, -9999 * HOUR, Verdict.REPEAT),
        (4, None, Verdict.SPENT),
        (3, 0 * SECOND, Verdict.SPENT),
        (0, -HOUR, Verdict.SPENT),
    ],
)
def test_the_verdicts(presented, age, verdict):
    """At each edge."""
    assert judge(presented, 5, age, GRACE) is verdict
