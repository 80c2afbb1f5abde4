"""The search of the list of sessions, which millions of them do not slow down.

Django compares each word with each column of each row, joined with its user: ten seconds with two million
sessions. Here a word is compared only with what it can be. Where that is no ID and no address, the users
answer, and the index of their sessions.
"""

import re
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from django_jwtkit.sessions import Session

ID: Final = re.compile(r"[0-9a-f-]{4,36}", re.ASCII | re.IGNORECASE)
ADDRESS: Final = re.compile(r"[0-9a-f]{0,4}[.:][0-9a-f.:]*", re.ASCII | re.IGNORECASE)


def names_of_users() -> list[str]:
    """Return the columns by which people know a user: the name to log in with, and the e-mail address."""
    model = get_user_model()
    names = dict.fromkeys((model.USERNAME_FIELD, model.get_email_field_name()))
    columns_of = {field.name for field in model._meta.get_fields()}
    return [name for name in names if name in columns_of]


def search(sessions: QuerySet[Session], term: str) -> QuerySet[Session]:
    """Return those of `sessions` that each word of `term` finds.

    A word is the beginning of an ID or of an address, or a part of a user's name or e-mail address.
    """
    for word in term.split():
        sessions = sessions.filter(_found_by(word, sessions.db))
    return sessions


def _found_by(word: str, alias: str) -> Q:
    names = (Q(**{f"{name}__icontains": word}) for name in names_of_users())
    condition = Q(user__in=get_user_model()._base_manager.using(alias).filter(reduce(or_, names)))  # noqa: SLF001 - documented
    if ID.fullmatch(word):
        condition |= _by_id(word)
    if ADDRESS.fullmatch(word):
        condition |= Q(address__istartswith=word)
    return condition


def _by_id(word: str) -> Q:
    try:
        return Q(pk=UUID(word))
    except ValueError:
        return Q(pk__istartswith=word)
