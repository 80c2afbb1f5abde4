"""The tag by which our template in the place of the app's index gets its data."""

from typing import TYPE_CHECKING, cast

from django import template
from django.http import HttpRequest
from django.template import Context

if TYPE_CHECKING:
    from django_jwtkit.admin import Overview

register = template.Library()


@register.simple_tag(takes_context=True)
def jwtkit_overview(context: Context) -> "Overview":
    """Return the overview for the user of the request."""
    # Django imports all libraries of tags for any template, also in a project without its admin.
    from django_jwtkit.admin import read_overview

    return read_overview(cast("HttpRequest", context["request"]))
