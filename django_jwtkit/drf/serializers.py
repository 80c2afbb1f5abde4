"""The serializers that a project may subclass."""

from .bodies.fields import SecretField, TokenField
from .bodies.serializers import (
    SecretsSerializer,
    SessionSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenRevokeSerializer,
    TokenSerializer,
)

__all__ = [
    "SecretField",
    "SecretsSerializer",
    "SessionSerializer",
    "TokenField",
    "TokenObtainPairSerializer",
    "TokenRefreshSerializer",
    "TokenRevokeSerializer",
    "TokenSerializer",
]
