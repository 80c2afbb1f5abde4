"""The fields of our endpoints' bodies. What is not named here is not read."""

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers

from django_jwtkit.sessions import Session

MAX_USERNAME: Final = 254  # characters, or the column's own bound: the longest e-mail address (RFC 5321)
MAX_PASSWORD: Final = 4096  # characters: hashing work that a stranger may ask for


class TextField(serializers.CharField):
    """A JSON string. DRF's own field takes numbers too, and `1` must not log in whom `"1"` does."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SecretField(TextField):
    """A string that never comes back, and of which every character counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"write_only": True, "trim_whitespace": False, **kwargs})


class TokenField(SecretField):
    """A token. A look at each character for surrogates, which no parser of ours lets through, takes 30 µs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [ProhibitNullCharactersValidator()]


class SecretsSerializer(serializers.Serializer[Any]):
    """Fields of which none may be shown."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # DRF's own shows what was sent, on error pages too


class TokenObtainPairSerializer(SecretsSerializer):
    """Credentials for Django's `authenticate()`. A subclass may ask for more, a one-time password say."""

    password = SecretField(max_length=MAX_PASSWORD)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        model = get_user_model()
        column = model._meta.get_field(model.USERNAME_FIELD)
        most = max(MAX_USERNAME, getattr(column, "max_length", None) or 0)
        return {column.name: TextField(max_length=most, write_only=True), **super().get_fields()}


class TokenRefreshSerializer(SecretsSerializer):
    refresh = TokenField()


class TokenSerializer(SecretsSerializer):
    """A token of either kind. RFC 7009's `token_type_hint` may be ignored, and is."""

    token = TokenField()


class SessionSerializer(serializers.Serializer[Session]):
    """A login as its user sees it."""

    id = serializers.UUIDField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    last_used_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    user_agent = serializers.CharField(read_only=True)
    address = serializers.CharField(read_only=True)
    current = serializers.SerializerMethodField()

    def get_current(self, session: Session) -> bool:
        """Tell whether the access token that asks belongs to `session`."""
        return bool(self.context.get("sid") == str(session.pk))
