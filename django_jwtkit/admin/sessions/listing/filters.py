"""The filters of the list of sessions."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, TypeAlias

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.badges import shorten
from django_jwtkit.admin.read_only import viewable
from django_jwtkit.admin.sessions.states import REASONS
from django_jwtkit.consequences import resting_on
from django_jwtkit.keys import StoredKey
from django_jwtkit.sessions import Session, alive_at

NUMBER: Final = re.compile("[0-9]{1,18}")  # of a row: more digits fit no column

Sessions = models.QuerySet[Session]
SessionsPage: TypeAlias = "admin.ModelAdmin[Session]"
Choices = Mapping[str, tuple[Promise, Callable[[datetime], Q]]]


def _since(days: int) -> Callable[[datetime], Q]:
    return lambda now: Q(last_used_at__gte=now - timedelta(days=days))


USED: Final[Choices] = {
    "day": (gettext_lazy("in the last 24 hours"), _since(1)),
    "week": (gettext_lazy("in the last 7 days"), _since(7)),
    "month": (gettext_lazy("in the last 30 days"), _since(30)),
    "before": (gettext_lazy("longer ago"), lambda now: ~_since(30)(now)),
}


def _ended_by(reason: str) -> Callable[[datetime], Q]:
    return lambda now: Q(end_reason=reason)


class ChoiceFilter(admin.SimpleListFilter):
    """A filter by a table of conditions on the clock."""

    choices_of: ClassVar[Choices]

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(words)) for name, (words, _) in self.choices_of.items()]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        choice = self.choices_of.get(self.value() or "")
        return queryset if choice is None else queryset.filter(choice[1](keys.now()))


class UsedFilter(ChoiceFilter):
    title = gettext_lazy("last used")
    parameter_name = "used"
    choices_of: ClassVar[Choices] = USED


class KeyFilter(admin.SimpleListFilter):
    """By a key that the newest refresh token rests on. Only links lead here, so it lists no other key."""

    title = gettext_lazy("key")
    parameter_name = "key"

    def __init__(
        self,
        request: HttpRequest,
        params: Any,
        model: type[Session],
        model_admin: SessionsPage,
    ) -> None:
        page = viewable(model_admin.admin_site, StoredKey, request)
        number = str(params.get(self.parameter_name, [""])[-1])
        rows = page.get_queryset(request).filter(pk=int(number)) if page and NUMBER.fullmatch(number) else ()
        self.rows: list[StoredKey] = list(rows)
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(row.pk), f"{shorten(row.kid)} ({row.ring_id})") for row in self.rows]

    def has_output(self) -> bool:
        return self.value() is not None

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        """Return the live sessions that rest on the key; none for a key that this user may not see."""
        if self.value() is None:
            return queryset
        return queryset.filter(alive_at(keys.now()) & resting_on(self.rows))


class ReasonFilter(ChoiceFilter):
    """By why a session ended: from a table, since the reasons of a million rows take long to collect."""

    title = gettext_lazy("reason of the end")
    parameter_name = "reason"
    choices_of: ClassVar[Choices] = {name: (words, _ended_by(name)) for name, words in REASONS.items()}
