"""Our serializers in the document: their names, and a description of each field."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import models
from drf_spectacular.drainage import has_override
from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance, get_class
from drf_spectacular.utils import Direction
from rest_framework.fields import CharField, Field

from django_jwtkit.drf import serializers
from django_jwtkit.drf.bodies.fields import ColumnField

from .components import TEXT, Schema

OURS: Final = "django_jwtkit."
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "id": "The ID of the session.",
    "created_at": "When the user logged in.",
    "last_used_at": "When the tokens were last refreshed.",
    "expires_at": "When the session ends, unless it is refreshed.",
    "user_agent": "The browser or app, as it called itself.",
    "address": "The IP address of the last refresh, or of the login.",
    "current": "Whether the access token of this request belongs to the session.",
    "token": "An access token or a refresh token.",
    "refresh": "A refresh token.",
    "password": "The password of the account.",
}


class _Described(OpenApiSerializerExtension):
    match_subclasses = True
    priority = -2  # an extension of the project's own comes first

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str | None:
        """Return the name of a class that inherits its `Meta`: the name there is that of our own class."""
        kind = get_class(self.target)
        has_name = "Meta" in vars(kind) or has_override(kind, "component_name")
        return None if has_name else str(kind.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema: Schema = auto_schema._map_serializer(  # noqa: SLF001 - as its documentation says
            self.target, direction, bypass_extensions=True
        )
        kind = get_class(self.target)
        if kind.__doc__ is None or kind.__module__.startswith(OURS):
            schema.pop("description", None)  # written for those who subclass it
        for name, field in force_instance(self.target).fields.items():
            _describe_field(schema["properties"].get(name, {}), name, field)
        return schema


def _describe_field(schema: Schema, name: str, field: Field[Any, Any, Any, Any]) -> None:
    """Add what drf-spectacular leaves out: the description, and that no text is empty."""
    if name in DESCRIPTIONS:
        schema["description"] = DESCRIPTIONS[name]
    if isinstance(field, CharField) and not field.read_only and not field.allow_blank:
        schema.setdefault("minLength", 1)


class RequestExtension(_Described):
    """A body with secrets."""

    target_class = serializers.SecretsSerializer


class RevokeExtension(RequestExtension):
    """The body of a revocation: one token, under its name of RFC 7009. JSON Schema has no plain "or"."""

    target_class = serializers.TokenRevokeSerializer
    priority = -1

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema = super().map_serializer(auto_schema, direction)
        schema["properties"].pop("refresh", None)
        return {**schema, "required": ["token"]}


class SessionExtension(_Described):
    """A login of the user."""

    target_class = serializers.SessionSerializer


class ColumnFieldExtension(OpenApiSerializerFieldExtension):
    """A login name that is no text: as text, or as the number that it is."""

    target_class = ColumnField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        numbers = {models.IntegerField: "integer", models.DecimalField: "number", models.FloatField: "number"}
        kinds = [name for column, name in numbers.items() if isinstance(self.target.column, column)]
        return {"oneOf": [{"type": kind} for kind in kinds] + [TEXT]} if kinds else dict(TEXT)
