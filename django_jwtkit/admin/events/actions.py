"""The actions and sources of the history by their names for people, and the filters by them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.contrib.admin import AllValuesFieldListFilter
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.sentences import name_source

ACTIONS: Final[Mapping[str, Promise]] = {
    "archived": gettext_lazy("archived"),
    "destroyed": gettext_lazy("destroyed"),
    "imported": gettext_lazy("imported"),
    "made": gettext_lazy("made"),
    "moved": gettext_lazy("rescheduled"),
    "raised": gettext_lazy("raised"),
    "resealed": gettext_lazy("resealed"),
    "revoked": gettext_lazy("revoked"),
    "vouched": gettext_lazy("vouched"),
}


def name_action(action: str) -> str:
    """Return the name of `action` for people; a word that we do not know stays as it is."""
    return str(ACTIONS.get(action, action))


class ActionFilter(AllValuesFieldListFilter):
    """By action, under the names for people."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": name_action(str(choice["display"]))}


class SourceFilter(AllValuesFieldListFilter):
    """By source, under the names for people."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": name_source(str(choice["display"]))}
