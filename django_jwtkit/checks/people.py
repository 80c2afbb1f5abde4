"""The users and what the project says about them: where they live, who is active, which claims they get."""

from collections.abc import Callable
from inspect import getattr_static, signature

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured
from django.db import router
from django.db.models import Model
from django.utils.module_loading import import_string

from django_jwtkit.sessions import Session

from .faults import TAG, fault
from .values import sound


@register(TAG)
def check_people(**_: object) -> list[CheckMessage]:
    """E028, E029: users in another database than their sessions, and an `is_active` that says nothing."""
    try:
        model = get_user_model()
    except ImproperlyConfigured:
        return []  # AUTH_USER_MODEL is broken: django.contrib.auth says so
    return [*_databases(model), *_activity(model)]


def _databases(model: type[Model]) -> list[CheckMessage]:
    """Only where rows are written counts: a replica that is read from has them all."""
    ours, users = router.db_for_write(Session), router.db_for_write(model)
    if ours == users:
        return []
    return [fault("E028", model=model._meta.label, users=users, ours=ours)]


def _activity(model: type[Model]) -> list[CheckMessage]:
    is_method = callable(getattr_static(model, "is_active", None))
    return [fault("E029", model=model._meta.label)] if is_method else []


@register(TAG)
def check_claims_function(**_: object) -> list[CheckMessage]:
    """E030: a function that no login could call."""
    settings = sound()
    path = settings.CLAIMS_FUNCTION if settings is not None else None
    if path is None:
        return []
    try:
        function = import_string(path)
        parameters = signature(function)
    except (ImportError, ValueError, TypeError):  # E011 says so, or it is written in C
        return []
    if any(_binds(parameters.bind, count) for count in (1, 2)):
        return []
    return [fault("E030", path=path, signature=str(parameters))]


def _binds(bind: Callable[..., object], count: int) -> bool:
    try:
        bind(*[None] * count)
    except TypeError:
        return False
    return True
