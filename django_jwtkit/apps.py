"""The app: it registers checks and connects signals, nothing else."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JWTKitConfig(AppConfig):
    """The app `jwtkit`."""

    name = "django_jwtkit"
    label = "jwtkit"
    verbose_name = "JSON Web Tokens"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_jwtkit import checks  # noqa: F401 - registers itself
        from django_jwtkit.keys import make_missing_keys
        from django_jwtkit.sessions import follow_logouts, follow_passwords

        post_migrate.connect(make_missing_keys, sender=self, dispatch_uid="jwtkit.make_missing_keys")
        follow_passwords()
        follow_logouts()
