"""The app: it registers checks and connects signals, nothing else."""

import warnings
from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


class JWTKitConfig(AppConfig):
    """The app `jwtkit`."""

    name = "django_jwtkit"
    label = "jwtkit"
    verbose_name = gettext_lazy("Keys and tokens")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_jwtkit import checks  # noqa: F401 - registers itself
        from django_jwtkit.keys import make_missing_keys
        from django_jwtkit.sessions import follow_logouts, follow_passwords

        post_migrate.connect(make_missing_keys, sender=self, dispatch_uid="jwtkit.make_missing_keys")
        follow_passwords()
        follow_logouts()
        if apps.is_installed("drf_spectacular"):
            describe_endpoints()


def describe_endpoints() -> None:
    """Register what drf-spectacular has to know of us; warn where it is too old, for the site works."""
    try:
        import_module("django_jwtkit.contrib.spectacular")
    except ImportError as error:
        warnings.warn(str(error), stacklevel=2)
