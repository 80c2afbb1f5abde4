"""The cut-off of a user: their simplejwt tokens that were issued until then are refused.

Such tokens have no session that could be ended. So whatever ends all logins of a user sets a cut-off, while
`ACCEPT_SIMPLEJWT` is set.
"""

from contextlib import suppress
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.db import asks_database
from django_jwtkit.errors import UserNotFound
from django_jwtkit.sessions.models import SimpleJWTCutoff
from django_jwtkit.sessions.table import lock_user, using


@asks_database("sessions.cut_off_simplejwt")
def cut_off_simplejwt(user: AbstractBaseUser, *, now: datetime | None = None) -> None:
    """Refuse the simplejwt tokens of `user` that were issued until `now`; a later cut-off stays.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`.
    """
    user_key, now = tokens.users.key_of(user), keys.at(now)
    if conf().ACCEPT_SIMPLEJWT is None:
        return
    with suppress(UserNotFound), transaction.atomic(using=using()):
        lock_user(user_key)
        own = SimpleJWTCutoff.objects.using(using()).filter(user_id=user_key)
        if not own.filter(issued_until__lt=now).update(issued_until=now) and not own.exists():
            own.create(user_id=user_key, issued_until=now)
