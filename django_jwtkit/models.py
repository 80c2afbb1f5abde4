"""Django's door to the tables of the rooms."""

from django_jwtkit.keys.store import KeyEvent, Ring, SealingCheck, StoredKey
from django_jwtkit.sessions import Session, SimpleJWTCutoff, SimpleJWTSighting

__all__ = ["KeyEvent", "Ring", "SealingCheck", "Session", "SimpleJWTCutoff", "SimpleJWTSighting", "StoredKey"]
