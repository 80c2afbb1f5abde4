"""Make the missing keys after `migrate`, so that a first login needs no other step."""

import sys
from typing import TextIO

from django.apps import AppConfig
from django.apps import apps as todays_apps
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, router
from django.db.models import Model

from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys.store import KeyEvent, Ring, SealingCheck, StoredKey, operator
from django_jwtkit.wording import escape, plural

from .rotating import make_missing


def make_missing_keys(
    sender: AppConfig,
    *,
    using: str,
    apps: Apps = todays_apps,
    verbosity: int = 1,
    stdout: TextIO | None = None,
    **_: object,
) -> None:
    """Receive `post_migrate` of our own app. A failure is reported, and never spoils the migration."""
    if not router.allow_migrate_model(using, StoredKey) or not _has_todays_columns(apps):
        return
    out = stdout or sys.stdout
    try:
        plans = make_missing(using, by=operator())
    except (JWTKitError, ImproperlyConfigured, Error) as error:
        out.write(f"  jwtkit: no keys were made: {escape(error)}\n")
        out.write("  jwtkit: when that is fixed, run: manage.py rotate_keys\n")
        return
    if verbosity:
        for plan in plans:
            number = sum(step.action == "made" for step in plan.steps)
            out.write(f"  jwtkit: made {plural(number, 'key')} for ring {plan.ring}\n")


def _has_todays_columns(apps: Apps) -> bool:
    """Return whether the migrated state is this code's: not zero, not half way, not another app's run."""
    for model in (Ring, StoredKey, KeyEvent, SealingCheck):
        try:
            migrated = apps.get_model("jwtkit", model.__name__)
        except LookupError:
            return False
        if _columns(migrated) != _columns(model):
            return False
    return True


def _columns(model: type[Model]) -> set[str | None]:
    return {field.column for field in model._meta.local_concrete_fields}
