"""Which user of ours a subject of another issuer is: noted by `link`, or with its first token."""

from datetime import timedelta
from typing import Final, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet

from django_jwtkit import tokens
from django_jwtkit.db import asks_database
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import now

from .models import MAX_SUBJECT, ExternalIdentity, digest
from .token import ForeignToken

logger = get_logger("issuers")

SEEN_EVERY: Final = timedelta(hours=1)
PREFIX: Final = "external-"


@asks_database("issuers.link")
def link(user: AbstractBaseUser, *, issuer: str, subject: str) -> ExternalIdentity:
    """Note that `subject` of `issuer` is `user`, and return the note; it is moved from another user.

    `issuer` is the exact iss. Raises `TypeError` for a user of another model, `ValueError` for a subject that
    no token can have.
    """
    key = tokens.users.key_of(user)
    for name, value, most in (("issuer", issuer, 255), ("subject", subject, MAX_SUBJECT)):
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, got {type(value).__name__}")
        if not 0 < len(value) <= most:
            raise ValueError(f"{name} must have 1 to {most} characters, got {len(value)}")
    identity, _ = _identities().update_or_create(
        digest=_digest(issuer, subject),
        defaults={"user_id": key, "issuer": issuer, "subject": subject},
    )
    return identity


def find(token: ForeignToken) -> AbstractBaseUser | None:
    """Return the user that the token's subject is linked to, None for one that nobody has linked."""
    identity = _look_up(token)
    if identity is None:
        return None
    if identity.last_seen_at is None or now() - identity.last_seen_at > SEEN_EVERY:
        _identities().filter(pk=identity.pk).update(last_seen_at=now())
    return cast("AbstractBaseUser", identity.user)


def peek(token: ForeignToken) -> AbstractBaseUser | None:
    """Return the user that `find` returns, and note nothing: the token is looked at, not presented."""
    identity = _look_up(token)
    return None if identity is None else cast("AbstractBaseUser", identity.user)


def find_or_create(token: ForeignToken) -> AbstractBaseUser | None:
    """Return the user of the subject, made with the first token; the loser of a race reads the winner's."""
    user = find(token)
    if user is not None:
        return user
    using = router.db_for_write(ExternalIdentity)
    try:
        with transaction.atomic(using=using):
            user = _new_user(token)
            ExternalIdentity.objects.using(using).create(
                user_id=user.pk,
                issuer=token.issuer,
                subject=token.subject,
                digest=_digest(token.issuer, token.subject),
                last_seen_at=now(),
            )
    except IntegrityError:
        return find(token)
    logger.info("A user was made for a subject of %s", token.issuer, extra={"event": "user_created"})
    return user


def _look_up(token: ForeignToken) -> ExternalIdentity | None:
    identity = (
        _identities().select_related("user").filter(digest=_digest(token.issuer, token.subject)).first()
    )
    if identity is None or (identity.issuer, identity.subject) != (token.issuer, token.subject):
        return None  # of another subject, by a collision or by a row that somebody else wrote
    return identity


def _new_user(token: ForeignToken) -> AbstractBaseUser:
    """Return a saved user without a password. Its name is made of the subject's digest, not of its claims."""
    model = get_user_model()
    name = f"{PREFIX}{_digest(token.issuer, token.subject)[:32]}"
    user = model(**{model.USERNAME_FIELD: name})
    user.set_unusable_password()
    user.save(using=router.db_for_write(ExternalIdentity))
    return user


def _identities() -> QuerySet[ExternalIdentity]:
    return ExternalIdentity.objects.using(router.db_for_write(ExternalIdentity))


def _digest(issuer: str, subject: str) -> str:
    """Return what an identity is found by; the length keeps two pairs from having one text."""
    return digest(f"{len(issuer)} {issuer} {subject}")
