"""`api_settings`: what `SIMPLE_JWT` says of names and hooks, and what `JWTKIT` says of all the rest."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.core.signals import setting_changed
from rest_framework.settings import APISettings

from django_jwtkit.conf import conf

OLD: Final = "rest_framework_simplejwt."
HERE: Final = "django_jwtkit.contrib.simplejwt."

OURS: Final[Mapping[str, str]] = {
    "ACCESS_TOKEN_LIFETIME": "ACCESS_TOKEN_LIFETIME",
    "REFRESH_TOKEN_LIFETIME": "REFRESH_TOKEN_LIFETIME",
    "AUDIENCE": "AUDIENCE",
    "ISSUER": "ISSUER",
    "LEEWAY": "LEEWAY",
    "ALGORITHM": "ALGORITHM",
}
"""What `JWTKIT` answers, whatever `SIMPLE_JWT` says: by setting of simplejwt, the setting of ours."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "AUTH_HEADER_NAME": "HTTP_AUTHORIZATION",
    "AUTH_HEADER_TYPES": ("Bearer",),
    "AUTH_TOKEN_CLASSES": (f"{HERE}tokens.AccessToken",),
    "BLACKLIST_AFTER_ROTATION": False,
    "CHECK_REVOKE_TOKEN": False,
    "CHECK_USER_IS_ACTIVE": True,
    "JTI_CLAIM": "jti",
    "ON_LOGIN_FAILED": f"{HERE}serializers.default_on_login_failed",
    "ON_LOGIN_SUCCESS": f"{HERE}serializers.default_on_login_success",
    "REVOKE_TOKEN_CLAIM": "hash_password",
    "TOKEN_BLACKLIST_SERIALIZER": f"{HERE}serializers.TokenBlacklistSerializer",
    "TOKEN_OBTAIN_SERIALIZER": f"{HERE}serializers.TokenObtainPairSerializer",
    "TOKEN_REFRESH_SERIALIZER": f"{HERE}serializers.TokenRefreshSerializer",
    "TOKEN_TYPE_CLAIM": "token_type",
    "TOKEN_USER_CLASS": f"{HERE}models.TokenUser",
    "TOKEN_VERIFY_SERIALIZER": f"{HERE}serializers.TokenVerifySerializer",
    "UPDATE_LAST_LOGIN": False,
    "USER_AUTHENTICATION_RULE": f"{HERE}authentication.default_user_authentication_rule",
    "USER_ID_CLAIM": "user_id",
    "USER_ID_FIELD": "id",
}
IMPORTED: Final = (
    *("AUTH_TOKEN_CLASSES", "ON_LOGIN_FAILED", "ON_LOGIN_SUCCESS", "TOKEN_USER_CLASS"),
    "USER_AUTHENTICATION_RULE",
)


class FromSettings:
    """A class attribute that is read from the settings whenever it is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> timedelta:
        return getattr(conf(), self.name)  # type: ignore[no-any-return]


class SimpleJWTSettings(APISettings):
    """DRF's own reader of settings, with `SIMPLE_JWT` as the project's part."""

    @property
    def user_settings(self) -> dict[str, Any]:
        if not hasattr(self, "_user_settings"):
            own = getattr(settings, "SIMPLE_JWT", None) or {}
            self._user_settings = {name: _renamed(value) for name, value in own.items()}
        return self._user_settings

    def __getattr__(self, name: str) -> Any:
        if name in OURS:
            return getattr(conf(), OURS[name])
        if name == "SIGNING_KEY":  # it verifies old tokens, and signs none
            return self.user_settings.get(name, settings.SECRET_KEY)
        return super().__getattr__(name)


def _renamed(value: object) -> object:
    """Return a dotted path into the old package as the path of the same name here."""
    if isinstance(value, str) and value.startswith(OLD):
        return HERE + value.removeprefix(OLD)
    return [_renamed(each) for each in value] if isinstance(value, list | tuple) else value


api_settings = SimpleJWTSettings(None, cast("Any", DEFAULTS), IMPORTED)


def reload_api_settings(*, setting: str, **_: object) -> None:
    """Receive `setting_changed`, which tests send."""
    if setting == "SIMPLE_JWT":
        api_settings.reload()


setting_changed.connect(reload_api_settings, dispatch_uid="jwtkit.reload_simplejwt_settings")
