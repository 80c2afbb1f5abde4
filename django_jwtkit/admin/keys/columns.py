"""The columns of the list, for a project that has another list than ours."""

from django.contrib.admin import display
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.badges import short_id
from django_jwtkit.admin.dates import date
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import fault_of

from .states import Row, state_badge


@display(description=gettext_lazy("key"), ordering="kid")
def name(key: StoredKey) -> SafeString:
    return short_id(key.kid)


@display(description=gettext_lazy("state"))
def state(key: StoredKey) -> SafeString:
    now = keys.now()
    return state_badge(Row.stored(key, fault_of(key, now)), now)


@display(description=gettext_lazy("trusted until"))
def trusted(key: StoredKey) -> str:
    return date(key.trusted_until, keys.now())
