"""The filters beside the lists of keys and of their history."""

from typing import Final

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.store import using

from .conditions import CONDITIONS, ended_rows
from .states import STATES

ENDED: Final = "ended"


class StateFilter(admin.SimpleListFilter):
    """By state, which follows from the clock and stands in no column."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        states = [(state.lower(), str(words.name)) for state, words in STATES.items()]
        return [*states, (ENDED, str(gettext_lazy("Expired or revoked")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoredKey]) -> QuerySet[StoredKey]:
        conditions = {state.lower(): condition for state, condition in CONDITIONS.items()} | {
            ENDED: ended_rows
        }
        condition = conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition(keys.now()))


class RingFilter(admin.RelatedFieldListFilter):
    """By ring: all rings, or those with rows that the user may see."""

    def field_choices(  # type: ignore[override]  # plain text is as good as lazy text
        self, field: "Field[object, object]", request: HttpRequest, model_admin: ReadOnlyAdmin[Model]
    ) -> list[tuple[str, str]]:
        if model_admin.may_hide_rows(request):
            rows = model_admin.get_queryset(request).order_by()
            names = set(rows.values_list("ring_id", flat=True).distinct())
        else:
            names = set(keys.Ring.objects.using(using()).values_list("name", flat=True))
        return [(name, name) for name in sorted(names)]
