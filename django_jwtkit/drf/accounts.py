"""What a login may be of: Django's `authenticate()` decides, and this looks at what it has returned."""

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import MultipleObjectsReturned
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import sessions, tokens
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("drf")
MISFIT = "login_misfit"


@sensitive_variables()
def prove(request: HttpRequest, credentials: Mapping[str, Any]) -> AbstractBaseUser | None:
    """Return the user that `credentials` prove, or None: also where they name several, which is logged."""
    try:
        return authenticate(request=request, **credentials)
    except MultipleObjectsReturned as error:
        log_limited(logger, logging.ERROR, MISFIT, "Login refused: several users have one name", error=error)
        return None


@sensitive_variables()
def may_log_in(user: AbstractBaseUser, password: str | None) -> bool:
    """Return whether a token can name `user`, who is active and whom `password` still proves.

    What is not an instance of `AUTH_USER_MODEL`, or is not saved, is a fault of the backend that returned it:
    the log names both.
    """
    try:
        tokens.users.subject(user)
    except (TypeError, ValueError) as error:
        backend = getattr(user, "backend", "authenticate_user()")
        log_limited(
            logger, logging.ERROR, MISFIT, "Login refused, by %s: %s", backend, error, limit_by=str(backend)
        )
        return False
    return tokens.users.is_active(user) and sessions.is_proven(user, password)
