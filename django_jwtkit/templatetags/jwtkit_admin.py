"""The tag by which our template in the place of the app's index gets its data."""

from typing import cast

from django import template
from django.http import HttpRequest
from django.template import Context

from django_jwtkit.admin import Overview, read_overview

register = template.Library()


@register.simple_tag(takes_context=True)
def jwtkit_overview(context: Context) -> Overview:
    """Return the overview for the user of the request."""
    return read_overview(cast("HttpRequest", context["request"]))
