"""What the next run of `rotate_keys` would do, ring by ring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest

from django_jwtkit import keys
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys.store import using

from .readonly import ReadOnlyAdmin


@dataclass(frozen=True, slots=True)
class Outlook:
    """A ring, what is wrong with its keys, and its next plan in sentences; `error` where none can be made."""

    ring: str
    algorithm: str
    faults: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    error: str = ""


def outlooks(rings: Iterable[str]) -> Iterator[Outlook]:
    for ring in rings:
        try:
            plan = keys.preview(ring)
            yield Outlook(ring, keys.policy(ring).algorithm, tuple(plan.faults.values()), plan.sentences())
        except JWTKitError as error:
            yield Outlook(ring, "", error=str(error))


class RingFilter(admin.RelatedFieldListFilter):
    """By ring: of all, or of those that have rows which the user may see."""

    def field_choices(  # type: ignore[override]  # plain text is as good as lazy text
        self, field: "Field[object, object]", request: HttpRequest, model_admin: ReadOnlyAdmin[Model]
    ) -> list[tuple[str, str]]:
        if model_admin.restricts(request):
            rows = model_admin.get_queryset(request).order_by()
            names = set(rows.values_list("ring_id", flat=True).distinct())
        else:
            names = set(keys.Ring.objects.using(using()).values_list("name", flat=True))
        return [(name, name) for name in sorted(names)]
