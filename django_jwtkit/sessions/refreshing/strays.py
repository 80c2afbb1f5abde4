"""Strays: generations fetched by two clients, as when owner and thief both refresh within the grace."""

from typing import Final

from django_jwtkit.sessions.logins import UNKNOWN, Client
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows

from .attempts import RefreshAttempt, end_reused, tell

STRAYS_TO_TELL: Final = 3
"""Where strays never end a session (REFRESH_STRAYS = None): after so many in a row each time."""

MOST_STRAYS: Final = 30_000
"""Multiple of the above at which the count of a session begins anew: its column is a small one."""


def is_stray(session: Session, attempt: RefreshAttempt) -> bool:
    """Whether this is the first answer of its generation that goes to another client than the turn's.

    Where `RECORD_CLIENT` is off, nothing is known of the turn's client, so no answer is.
    """
    if not attempt.settings.RECORD_CLIENT:
        return False
    turned_by = Client(session.address, session.user_agent)
    is_other = attempt.client not in {None, turned_by} and turned_by != UNKNOWN
    return is_other and session.stray_counter != session.counter


def note_stray(session: Session, attempt: RefreshAttempt) -> bool:
    """Mark a generation that two clients have; too many in a row are reuse. False where no row was met."""
    in_a_row = session.stray_counter == session.counter - 1
    strays = session.strays % MOST_STRAYS + 1 if in_a_row else 1
    most = attempt.settings.REFRESH_STRAYS
    if most is not None and strays >= most:
        end_reused(session, attempt, "each refresh is shadowed by another client")
    unmoved = rows().filter(pk=session.pk, counter=session.counter, ended_at=None)
    unmarked = unmoved.filter(stray_counter=session.stray_counter)
    if not unmarked.update(strays=strays, stray_counter=session.counter):
        return False
    if most is None and strays % STRAYS_TO_TELL == 0:
        tell(session, attempt, f"{strays} refreshes in a row were shadowed by another client; it goes on")
    return True
