"""The passwords of the users that a list is about. No database can compare them: the users are loaded."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from django_jwtkit import keys, tokens
from django_jwtkit.admin.row_ids import is_row_id
from django_jwtkit.admin.sessions.columns import USER
from django_jwtkit.sessions import Session, alive_at

from .searching import search

FEW: Final = 20  # users whose passwords are compared
READ: Final = 2_000  # open sessions that are read to find those users

Sessions = QuerySet[Session]


def users_in_question(
    page: "admin.ModelAdmin[Session]", request: HttpRequest
) -> list[AbstractBaseUser] | None:
    """Return the users of the open sessions that a list is about; None where they are many.

    They are few by the filter for one user, or by the search.
    """
    user, term = request.GET.get(USER, ""), request.GET.get(SEARCH_VAR, "")
    sessions = page.get_queryset(request)
    if user:
        return _load([user], sessions.db) if is_row_id(user, get_user_model()) else None
    if not term or "\0" in term:
        return None
    open_ones = search(sessions.filter(alive_at(keys.now())), term).order_by()
    owners = list(open_ones.values_list("user_id", flat=True)[:READ])
    many = len(owners) == READ or len(set(owners)) > FEW
    return None if many else _load(set(owners), sessions.db)


def with_older_password(users: Iterable[AbstractBaseUser]) -> Q:
    """Return the condition that a session is of one of `users`, and from before their present password."""
    conditions = (
        Q(user_id=user.pk) & ~Q(auth_hash__in=tokens.password_stamps.auth_hashes(user)) for user in users
    )
    return reduce(or_, conditions, Q(pk__in=()))


def _load(user_ids: Collection[Any], alias: str) -> list[AbstractBaseUser]:
    users = get_user_model()._base_manager.using(alias)  # noqa: SLF001 - documented
    return list(users.filter(pk__in=user_ids))
