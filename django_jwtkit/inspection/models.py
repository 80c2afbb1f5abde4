"""The inspector as a model, because the admin makes pages for models alone."""

from django.db import models
from django.utils.translation import gettext_lazy

from django_jwtkit.keys import StoredKey


class _NoRows(models.Manager["Inspect"]):
    """The rows of the model that is borrowed belong to its own page."""

    def get_queryset(self) -> "models.QuerySet[Inspect]":
        return super().get_queryset().none()


class Inspect(StoredKey):
    """A name for the page `admin/jwtkit/inspect/`, without a table or rows of its own: no token is stored."""

    objects = _NoRows()  # type: ignore[misc] # of another model than the borrowed one's

    class Meta:
        app_label = "jwtkit"
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("token inspector")
        default_permissions = ()
