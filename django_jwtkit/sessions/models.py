"""One row a login, however often it refreshes. No token and no hash of one is stored.

Beside them what is remembered of simplejwt's tokens, while `ACCEPT_SIMPLEJWT` is set.
"""

import json
import uuid
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from django_jwtkit.db import UTCDateTimeField
from django_jwtkit.expressions import UTCDate
from django_jwtkit.moments import now

SIMPLEJWT: Final = "simplejwt"
ORIGINS: Final = (SIMPLEJWT,)
"""Packages whose logins become sessions here."""


class Session(models.Model):
    """A login and where it stands.

    `counter` is that of the newest refresh token. `expires_at` is the idle limit, which each refresh moves,
    and never past `ends_by`; an ended session expires at its end, so that one column tells the living from
    the dead. The database computes `expires_on` from it, for the indexes: an UPDATE that changes no indexed
    column leaves them alone, and most refreshes of a session happen on one day.
    """

    id = models.UUIDField(gettext_lazy("session ID"), primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("user"),
        on_delete=models.CASCADE,
        related_name="jwtkit_sessions",
        db_index=False,
    )
    created_at = UTCDateTimeField(default=now, editable=False)
    last_used_at = UTCDateTimeField(default=now)
    expires_at = UTCDateTimeField()
    expires_on = models.GeneratedField(
        expression=UTCDate("expires_at"), output_field=models.DateField(), db_persist=True
    )
    ends_by = UTCDateTimeField(gettext_lazy("absolute limit"))
    ended_at = UTCDateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=64, blank=True, default="")
    auth_hash = models.CharField(max_length=255, editable=False)  # of get_session_auth_hash()
    counter = models.PositiveIntegerField(default=0, editable=False)
    rotated_at = UTCDateTimeField(null=True, editable=False)  # by the database's clock
    # Where it was last used from: the rotation's, which a grace answer is compared with.
    address = models.GenericIPAddressField(gettext_lazy("address"), null=True, blank=True)
    user_agent = models.CharField(gettext_lazy("user agent"), max_length=255, blank=True, default="")
    # How many generations in a row had a stray, and which was the last (see refreshing.py).
    strays = models.PositiveSmallIntegerField(default=0, editable=False)
    stray_counter = models.PositiveIntegerField(null=True, editable=False)

    # What the login has chosen for all its tokens: another audience than the first, and claims, as JSON.
    audience = models.CharField(max_length=255, blank=True, default="", editable=False)
    claims = models.TextField(blank=True, default="", editable=False)

    # Of a login that another package has begun: which one, the SHA-256 of its token's ID, unique so that the
    # token becomes a session once, and until when that token is good: as long the row must stay.
    origin = models.CharField(max_length=32, blank=True, default="", editable=False)
    origin_key = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 - unique
    origin_until = UTCDateTimeField(null=True, editable=False)

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_session"
        verbose_name = gettext_lazy("session")
        verbose_name_plural = gettext_lazy("sessions")
        ordering = ("-created_at",)
        default_permissions = ("view",)
        permissions = (("end_session", "Can end sessions"),)
        indexes = (
            models.Index(fields=("user", "expires_on"), name="jwtkit_session_user"),
            models.Index(fields=("expires_on", "created_at"), name="jwtkit_session_expires"),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def authenticated_at(self) -> datetime | None:
        """When the user last proved who they are: at the login. It becomes `auth_time`.

        None where another package has seen the login: nobody here knows when that was.
        """
        login: datetime = self.created_at
        return None if self.origin else login

    @property
    def login_claims(self) -> dict[str, object]:
        """The login's own claims, which all its access tokens carry."""
        return dict(json.loads(self.claims)) if self.claims else {}


class SimpleJWTCutoff(models.Model):
    """Up to when the simplejwt tokens of a user are refused, by their `iat`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="jwtkit_simplejwt_cutoff",
    )
    issued_until = UTCDateTimeField()

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_simplejwtcutoff"
        default_permissions = ()

    def __str__(self) -> str:
        return f"user {self.user_id}"


class SimpleJWTSighting(models.Model):
    """When a simplejwt token was last accepted: one row, to the minute."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    last_seen_at = UTCDateTimeField()

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_simplejwtsighting"
        default_permissions = ()

    def __str__(self) -> str:
        return "the last simplejwt token"
