"""Time for sessions: a session turns at most once within REFRESH_GRACE, and no test waits that long."""

from datetime import timedelta

from django.db.models import F

from django_jwtkit import sessions


def let_pass(seconds: float = 11) -> None:
    """Let time pass for the database's clock, by moving what it has noted; by default a whole grace."""
    sessions.Session.objects.update(rotated_at=F("rotated_at") - timedelta(seconds=seconds))


def turn(text: str, times: int = 1, **options: object) -> str:
    """Return the refresh token that follows `text` after so many turns of its session, each in its time."""
    for _ in range(times):
        let_pass()
        text = sessions.refresh(text, **options).refresh
    return text
