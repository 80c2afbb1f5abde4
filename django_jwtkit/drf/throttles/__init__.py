"""Limits on what strangers may try: requests of one address, failed logins of one account."""

from .logins import LoginAttempt
from .requests import ScopeThrottle

__all__ = ["LoginAttempt", "ScopeThrottle"]
