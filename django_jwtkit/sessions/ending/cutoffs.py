"""The cut-off of a user: their simplejwt tokens that were issued until then are refused.

Such tokens have no session that could be ended. So whatever ends all logins of a user sets a cut-off, while
`ACCEPT_SIMPLEJWT` is set.
"""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.sessions.models import SimpleJWTCutoff
from django_jwtkit.sessions.table import using


def cut_off_simplejwt(user: AbstractBaseUser, *, now: datetime | None = None) -> None:
    """Refuse the simplejwt tokens of `user` that were issued until `now`; a later cut-off stays.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`.
    """
    user_key, now = tokens.users.key_of(user), keys.at(now)
    if conf().ACCEPT_SIMPLEJWT is None:
        return
    cutoffs = SimpleJWTCutoff.objects.using(using())
    earlier = cutoffs.filter(user_id=user_key, issued_until__lt=now)
    if earlier.update(issued_until=now) or cutoffs.filter(user_id=user_key).exists():
        return
    try:
        with transaction.atomic(using=using()):
            cutoffs.create(user_id=user_key, issued_until=now)
    except IntegrityError:  # another request has set one meanwhile
        earlier.update(issued_until=now)
