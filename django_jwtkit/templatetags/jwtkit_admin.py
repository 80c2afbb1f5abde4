"""The tags of our templates: the data of the overview, and the direction of words without a translation."""

from typing import TYPE_CHECKING, cast

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django_jwtkit.admin import Overview

register = template.Library()


@register.simple_tag(takes_context=True)
def jwtkit_overview(context: Context) -> "Overview":
    """Return the overview for the user of the request."""
    # Django imports all libraries of tags for any template, also in a project without its admin.
    from django_jwtkit.admin import read_overview

    return read_overview(cast("HttpRequest", context["request"]))


@register.simple_tag
def jwtkit_direction() -> SafeString:
    """Return the attributes of English words in a page of another language, which may run to the left."""
    from django_jwtkit.admin.sentences import is_translated

    return SafeString("" if is_translated() else ' lang="en" dir="ltr"')
