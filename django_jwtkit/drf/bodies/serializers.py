"""The bodies of our endpoints. A member that is not named here is not read.

`Meta.ref_name` is the name in OpenAPI documents. A project has serializers of names as plain as ours, and
drf-yasg makes no document in which two share one.
"""

from typing import Any, cast

from django.contrib.auth import get_user_model
from django.db import models
from rest_framework import serializers

from django_jwtkit.sessions import Session

from .fields import MAX_PASSWORD, MomentField, NameField, SecretField, TokenField, name_field


class SecretsSerializer(serializers.Serializer[Any]):
    """Fields of which none may be shown."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # DRF's own shows what was sent, on error pages too


class TokenObtainPairSerializer(SecretsSerializer):
    """Credentials for Django's `authenticate()`. A subclass may ask for more, a one-time password say."""

    password = SecretField(max_length=MAX_PASSWORD)

    class Meta:
        ref_name = "JWTLogin"

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        model = get_user_model()
        column = cast("models.Field[Any, Any]", model._meta.get_field(model.USERNAME_FIELD))
        return {column.name: name_field(column), **super().get_fields()}


class TokenRefreshSerializer(SecretsSerializer):
    refresh = TokenField()

    class Meta:
        ref_name = "JWTRefresh"


class TokenSerializer(SecretsSerializer):
    """A token of either kind. RFC 7009's `token_type_hint` may be ignored, and is."""

    token = TokenField()

    class Meta:
        ref_name = "JWTToken"


class TokenRevokeSerializer(SecretsSerializer):
    """A token of either kind under either name: simplejwt's clients send a refresh token as `refresh`."""

    token = TokenField(required=False)
    refresh = TokenField(required=False)

    class Meta:
        ref_name = "JWTRevoke"

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Return the token, under its own name first."""
        if not attrs:
            message = self.fields["token"].error_messages["required"]
            raise serializers.ValidationError({"token": [message]}, "required")
        return {"token": attrs.get("token") or attrs["refresh"]}


class SessionSerializer(serializers.Serializer[Session]):
    """A login as its user sees it."""

    id = serializers.UUIDField(read_only=True)
    created_at = MomentField()
    last_used_at = MomentField()
    expires_at = MomentField()
    user_agent = NameField()
    address = serializers.CharField(read_only=True, allow_null=True)
    current = serializers.SerializerMethodField()

    class Meta:
        ref_name = "JWTSession"

    def get_current(self, session: Session) -> bool:
        """Tell whether the access token that asks belongs to `session`."""
        return bool(self.context.get("sid") == session.pk)
