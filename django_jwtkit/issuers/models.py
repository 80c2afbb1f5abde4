"""What the processes share of other issuers: their key sets, and which of our users their subjects are."""

import hashlib

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from django_jwtkit.db import UTCDateTimeField
from django_jwtkit.moments import now
from django_jwtkit.wording import escape

MAX_SUBJECT = 2048  # characters, as `jose` reads them


def digest(text: str) -> str:
    """Return the SHA-256 of `text`, by which rows are found: collations fold case, and cut what is long."""
    return hashlib.sha256(text.encode()).hexdigest()


class TrustedKeySet(models.Model):
    """The last key set of an issuer, in the table and not in a cache: a writer of a cache plants no keys."""

    digest = models.CharField(primary_key=True, max_length=64, editable=False)  # of the issuer
    issuer = models.CharField(gettext_lazy("issuer"), max_length=255)
    jwks_url = models.CharField(
        gettext_lazy("address of the key set"), max_length=2048, blank=True, default=""
    )
    body = models.TextField(blank=True, default="", editable=False)
    etag = models.CharField(max_length=512, blank=True, default="", editable=False)
    fetched_at = UTCDateTimeField(gettext_lazy("last success"), null=True)
    refresh_at = UTCDateTimeField(gettext_lazy("next fetch"), null=True)
    tried_at = UTCDateTimeField(gettext_lazy("last attempt"), null=True)
    claimed_at = UTCDateTimeField(null=True, editable=False)  # the last fetch for an unknown key
    error = models.CharField(gettext_lazy("last error"), max_length=500, blank=True, default="")

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_trustedkeyset"
        verbose_name = gettext_lazy("trusted issuer")
        verbose_name_plural = gettext_lazy("trusted issuers")
        ordering = ("issuer",)
        default_permissions = ("view",)
        permissions = (("fetch_keys", "Can fetch the keys of other issuers"),)

    def __str__(self) -> str:
        return self.issuer


class ExternalIdentity(models.Model):
    """A subject of another issuer, and the user of ours that it is."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("user"),
        on_delete=models.CASCADE,
        related_name="jwtkit_identities",
    )
    issuer = models.CharField(gettext_lazy("issuer"), max_length=255)
    subject = models.CharField(gettext_lazy("subject"), max_length=MAX_SUBJECT)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # of issuer and subject
    created_at = UTCDateTimeField(default=now, editable=False)
    last_seen_at = UTCDateTimeField(null=True, blank=True)

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_externalidentity"
        verbose_name = gettext_lazy("external identity")
        verbose_name_plural = gettext_lazy("external identities")
        ordering = ("issuer", "subject")
        default_permissions = ("view",)
        permissions = (("unlink_identity", "Can unlink external identities"),)

    def __str__(self) -> str:
        return f"{escape(self.subject)} ({self.issuer})"
