"""Times as simplejwt's callers handle them: aware, or naive in UTC where `USE_TZ` is off."""

import hashlib
from calendar import timegm
from datetime import UTC, datetime

from django.conf import settings
from django.utils.functional import lazy


def make_utc(moment: datetime) -> datetime:
    """Return `moment` as UTC, where the project uses time zones and it has none."""
    return moment.replace(tzinfo=UTC) if settings.USE_TZ and moment.tzinfo is None else moment


def aware_utcnow() -> datetime:
    """Return the time now, naive where `USE_TZ` is off."""
    return _in_project(datetime.now(UTC))


def datetime_to_epoch(moment: datetime) -> int:
    """Return a NumericDate in whole seconds."""
    return timegm(moment.utctimetuple())


def datetime_from_epoch(seconds: float) -> datetime:
    """Return what `datetime_to_epoch` was given."""
    return _in_project(datetime.fromtimestamp(seconds, UTC))


def get_md5_hash_password(password: str) -> str:
    """Return the stamp that simplejwt's `CHECK_REVOKE_TOKEN` put into tokens."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest().upper()


def _format(text: str, *args: object, **kwargs: object) -> str:
    return text.format(*args, **kwargs)


format_lazy = lazy(_format, str)


def _in_project(moment: datetime) -> datetime:
    return moment if settings.USE_TZ else moment.replace(tzinfo=None)
