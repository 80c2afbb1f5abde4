"""Refreshes with one rule left out: what every exploration of the real one must find."""

from django_jwtkit.sessions import Session
from django_jwtkit.sessions.refreshing import strays
from django_jwtkit.sessions.refreshing.verdicts import Verdict


def restless(presented, newest, age, grace):
    """The newest token always turns the session."""
    if presented == newest:
        return Verdict.TURN
    in_time = presented == newest - 1 and age is not None and age < grace
    return Verdict.REPEAT if in_time else Verdict.SPENT


def strict(presented, newest, age, grace):
    """No grace at all."""
    return Verdict.TURN if presented == newest else Verdict.SPENT


def lenient(presented, newest, age, grace):
    """Grace without an end."""
    is_young = age is not None and age < grace
    return Verdict.TURN if presented == newest and not is_young else Verdict.REPEAT


def lose_note(session, attempt):
    """Give up a note that meets no row."""
    strays.note_stray(session, attempt)
    return True


def never_stray(session, attempt):
    """Count nobody."""
    return False


def fork(session, user, attempt, stamp):
    """Turn without a look at the counter."""
    rows = Session.objects.filter(pk=session.pk, ended_at=None)
    return bool(rows.update(counter=session.counter, rotated_at=attempt.now))


def revive(session, user, attempt, stamp):
    """Turn a session that may have ended."""
    rows = Session.objects.filter(pk=session.pk, counter=attempt.counter)
    return bool(rows.update(counter=session.counter, rotated_at=attempt.now))
