"""What an error of a database means for an operator."""

from typing import Final

from .messages import Message
from .messages import message as _

READ_ONLY: Final = ("read-only", "readonly", "read only")  # PostgreSQL, MariaDB; SQLite; MySQL


def database_fault(error: Exception) -> Message:
    """Return the meaning of an error of the database for an operator, with the remedy."""
    if any(words in str(error).lower() for words in READ_ONLY):
        return _("the database is read-only: use the primary server, or end its maintenance")
    return _("the database does not answer, or lacks our tables. If it is new, run: python manage.py migrate")
