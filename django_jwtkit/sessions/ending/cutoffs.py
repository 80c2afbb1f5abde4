"""The cut-off of a user: their simplejwt tokens that were issued until then are refused.

Such tokens have no session that could be ended. So whatever ends all logins of a user sets a cut-off, while
`ACCEPT_SIMPLEJWT` is set.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from django_jwtkit.conf import conf
from django_jwtkit.sessions.models import SimpleJWTCutoff
from django_jwtkit.sessions.table import using


def cut_off_simplejwt(user_key: Any, now: datetime) -> None:
    """Refuse the simplejwt tokens of a user that were issued until `now`; a later cut-off stays."""
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
