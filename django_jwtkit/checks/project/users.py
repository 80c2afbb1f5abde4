"""The user model: a field that names one user permanently, the database, and who is active."""

from collections.abc import Iterator
from inspect import getattr_static

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, register
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import router
from django.db.models import Field, ForeignKey, Model

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.sessions import Session
from django_jwtkit.tokens.users import PK


@register(TAG)
def check_user_id_field(**_: object) -> list[CheckMessage]:
    """E012, E013, W003: `sub` must name one user, now and in ten years."""
    settings = valid_settings()
    if settings is None:
        return []
    try:
        model = get_user_model()
    except ImproperlyConfigured:
        return []  # AUTH_USER_MODEL is wrong: django.contrib.auth reports it
    key = model._meta.pk
    if key is not None and settings.USER_ID_FIELD in {PK, key.attname}:  # two names of one field
        is_reused = key.name in _reusable(model)
        return [fault("W003", model=model.__name__, field=key.name)] if is_reused else []
    return list(_user_id_field(model, settings.USER_ID_FIELD))


def _user_id_field(model: type[Model], name: str) -> Iterator[CheckMessage]:
    options = model._meta
    about = {"model": model.__name__, "field": name}
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        unique = [each.name for each in options.concrete_fields if each.unique and not each.null]
        choices = ", ".join(each for each in unique if each not in _reusable(model))
        yield fault("E012", known=choices, **about)
        return
    if isinstance(field, ForeignKey) and name != field.attname:
        yield fault("E013", wrong="a relation", remedy="a column of its own", **about)
    elif not isinstance(field, Field) or not _is_unique(model, field):
        yield fault("E013", wrong="not unique", remedy="unique", **about)
    elif field.null:
        yield fault("E013", wrong="allowed to be null", remedy="not null", **about)
    if field.name in _reusable(model):
        yield fault("W003", **about)


def _reusable(model: type[Model]) -> set[object]:
    """Return the names of the fields whose values may pass to another person."""
    return {getattr(model, "USERNAME_FIELD", None), getattr(model, "EMAIL_FIELD", None)}


def _is_unique(model: type[Model], field: "Field[object, object]") -> bool:
    constraints = model._meta.total_unique_constraints
    return field.unique or any(tuple(each.fields) == (field.name,) for each in constraints)


@register(TAG)
def check_users(**_: object) -> list[CheckMessage]:
    """E028, E029: users in another database than their sessions, and an `is_active` that is a method."""
    try:
        model = get_user_model()
    except ImproperlyConfigured:
        return []  # AUTH_USER_MODEL is wrong: django.contrib.auth reports it
    return [*_databases(model), *_activity(model)]


def _databases(model: type[Model]) -> list[CheckMessage]:
    """Compare where rows are written; a replica that is read from has them all."""
    ours, users = router.db_for_write(Session), router.db_for_write(model)
    if ours == users:
        return []
    return [fault("E028", model=model._meta.label, users=users, ours=ours)]


def _activity(model: type[Model]) -> list[CheckMessage]:
    is_method = callable(getattr_static(model, "is_active", None))
    return [fault("E029", model=model._meta.label)] if is_method else []
