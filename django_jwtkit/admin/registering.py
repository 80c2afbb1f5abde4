"""Registering our pages on the default admin site, also while Django is still making that site.

A project may replace the default site by a class of its own with `KeyHealthMixin`. Then Django imports the
module of that class, and with it ours, before there is a site. The pages wait, and the site takes them in.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.contrib import admin
from django.db.models import Model

P = TypeVar("P", bound="admin.ModelAdmin[Any]")

_waiting: Final[list[tuple[type[Model], "type[admin.ModelAdmin[Any]]"]]] = []


def register(model: type[Model]) -> Callable[[type[P]], type[P]]:
    """Return a decorator that registers the page of `model`."""

    def register_page(page: type[P]) -> type[P]:
        try:
            admin.site.register(model, page)
        except ImportError:  # the module of the default site is being imported, and has imported us
            _waiting.append((model, page))
        return page

    return register_page


def take_waiting(site: admin.AdminSite) -> None:
    """Register the pages that wait on `site`, the default one: they wait for its import."""
    while _waiting:
        site.register(*_waiting.pop(0))
