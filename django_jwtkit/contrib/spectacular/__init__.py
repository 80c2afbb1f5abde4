"""Our endpoints and authentication classes for drf-spectacular (OpenAPI 3), found where that is installed.

The views know nothing of it. `operations` is the table: what a client of each view reads in the document.
Raises `ImportError` where drf-spectacular is missing or too old.
"""

from django_jwtkit.contrib.extras import require

with require("spectacular"):
    from . import authentication, serializers, views

__all__ = ["authentication", "serializers", "views"]
