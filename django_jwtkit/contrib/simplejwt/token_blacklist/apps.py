"""For an `INSTALLED_APPS` in which the prefix was replaced too."""

from django.apps import AppConfig


class TokenBlacklistConfig(AppConfig):
    """No models and no migrations: the old app and its tables may stay installed beside it."""

    name = "django_jwtkit.contrib.simplejwt.token_blacklist"
    label = "jwtkit_token_blacklist"
