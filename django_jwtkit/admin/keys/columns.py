"""The columns of the list, for a project that has another list than ours."""

from datetime import datetime

from django.contrib.admin import display
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.badges import short_id
from django_jwtkit.health import standings_of
from django_jwtkit.keys import StoredKey

from .states import Row, state_badge, trusted_until


@display(description=gettext_lazy("key"), ordering="kid")
def name(key: StoredKey) -> SafeString:
    return short_id(key.kid)


@display(description=gettext_lazy("state"))
def state(key: StoredKey) -> SafeString:
    now = keys.now()
    return state_badge(_row(key, now), now)


@display(description=gettext_lazy("trusted until"))
def trusted(key: StoredKey) -> str:
    now = keys.now()
    return trusted_until(_row(key, now), now)


def _row(key: StoredKey, now: datetime) -> Row:
    return Row.stored(standings_of([key], now)[key.kid], now)
