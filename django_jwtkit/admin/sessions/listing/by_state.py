"""The filter of the list of sessions by their state, which tells whether it has compared passwords."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.sessions.states import PASSWORDS_UNKNOWN, STATES
from django_jwtkit.sessions import Session, alive_at

from .passwords import users_in_question, with_older_password

Sessions = models.QuerySet[Session]
SessionsPage: TypeAlias = "admin.ModelAdmin[Session]"

UNCOMPARED: Final[Mapping[str, Promise]] = {
    "live": gettext_lazy("Live, passwords not compared"),
    "refused": gettext_lazy("Dead, passwords not compared"),
}
"""The names of states that depend on the password, where a list is of too many users to compare it."""
OPEN: Final = "open"


class StateFilter(admin.SimpleListFilter):
    """By the state, exact where the list is about few users."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def __init__(self, request: HttpRequest, params: Any, model: type[Session], page: SessionsPage) -> None:
        self.users = users_in_question(page, request)
        super().__init__(request, params, model, page)

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        other_names = UNCOMPARED if self.users is None else {}
        names = {name: str(other_names.get(name, state.name)) for name, state in STATES.items()}
        return [*names.items(), (OPEN, _("Open: neither ended nor expired"))]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        now, state = keys.now(), STATES.get(self.value() or "")
        if state is None:
            return queryset.filter(alive_at(now)) if self.value() == OPEN else queryset
        changed = PASSWORDS_UNKNOWN if self.users is None else with_older_password(self.users)
        return queryset.filter(state.rows(now, changed))
