"""The tables: rings, their keys, and the history of both."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Never

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from django_jwtkit import db
from django_jwtkit.keys.planning import Life, Phase, Planned, State
from django_jwtkit.moments import aware, now


class Ring(models.Model):
    """One purpose of keys. Each change of its keys swaps `generation`: the first process to do so wins."""

    name = models.CharField(primary_key=True, max_length=64)
    generation = models.UUIDField(default=uuid.uuid4)
    algorithm = models.CharField(
        max_length=32, blank=True, default=""
    )  # that of the settings at the last plan
    scope = models.CharField(max_length=255, blank=True, default="")  # its own, if the MACs agree
    # The evidence about the ring's rows: the MAC of each trusted key, by kid; the number of the last change;
    # and the MACs over all of this, one per sealing key.
    serial = models.PositiveBigIntegerField(default=0)
    voucher = models.TextField(blank=True, default="")
    macs = models.TextField(blank=True, default="")
    # When `rotate_keys` last looked after the ring. No MAC covers it, for nothing is decided by it.
    last_run = db.UTCDateTimeField(null=True, blank=True, editable=False)

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_ring"
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class StoredKey(models.Model):
    """A key at rest. `kid`, `alg`, `use` and the public part never change; the private part is sealed."""

    ring = models.ForeignKey(
        Ring, verbose_name=gettext_lazy("ring"), on_delete=models.PROTECT, related_name="keys"
    )
    kid = models.CharField(max_length=128, unique=True)
    alg = models.CharField(gettext_lazy("algorithm"), max_length=32)
    use = models.CharField(max_length=3)
    public_jwk = models.TextField("public part", blank=True, default="")  # JSON; empty for symmetric keys
    sealed = models.TextField("sealed private part", blank=True, default="", editable=False)
    created_at = db.UTCDateTimeField(default=now, editable=False)
    published_at = db.UTCDateTimeField()
    sign_from = db.UTCDateTimeField(null=True, blank=True)
    sign_until = db.UTCDateTimeField(null=True, blank=True)
    # 1 for the one key of a ring whose turn has no end, else null, so that there are never two such keys.
    # (MariaDB has no partial unique constraints, but allows any number of nulls in a unique one.)
    open_slot = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    max_lifetime = models.DurationField()
    margin = models.DurationField()
    revoked_at = db.UTCDateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=255, blank=True, default="")
    # Over all columns that decide about trust in the row, except `revoked_at`.
    mac = models.CharField("MAC", max_length=128, blank=True, default="", editable=False)
    archived = models.BooleanField(
        default=False, editable=False
    )  # keeps expired keys out of the keyring's queries; never a state

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_storedkey"
        verbose_name = gettext_lazy("key")
        verbose_name_plural = gettext_lazy("keys")
        ordering = ("ring_id", "-published_at")
        default_permissions = ("view",)
        permissions = (
            ("rotate_key", "Can rotate keys"),
            ("revoke_key", "Can revoke keys"),
            ("introspect_token", "Can introspect tokens"),
            ("decrypt_token", "Can read encrypted tokens"),
        )
        constraints = (models.UniqueConstraint(fields=("ring", "open_slot"), name="jwtkit_one_open_key"),)
        indexes = (models.Index(fields=("ring", "archived", "revoked_at"), name="jwtkit_key_ring"),)

    def __str__(self) -> str:
        return f"{self.kid} ({self.alg}, {self.ring_id})"

    @property
    def needs_private(self) -> bool:
        """Whether only the private part verifies or decrypts: the key is symmetric, or for encryption."""
        return self.use == "enc" or not self.public_jwk

    @property
    def life(self) -> Life:
        """The row's dates."""
        return Life(
            published_at=self.published_at,
            sign_from=self.sign_from,
            sign_until=self.sign_until,
            max_lifetime=self.max_lifetime,
            margin=self.margin,
            revoked_at=self.revoked_at,
        )

    @property
    def begins(self) -> datetime:
        """When the turn to sign begins (see `Life.begins`); `BEGINS` is the same in SQL."""
        return self.life.begins

    @property
    def verify_until(self) -> datetime | None:
        """The last moment at which a token of this key can be good (see `Life.verify_until`)."""
        return self.life.verify_until

    @property
    def trusted_until(self) -> datetime | None:
        """When all trust in it ends or has ended (see `Life.trusted_until`)."""
        return self.life.trusted_until

    def phases(self) -> Iterator[Phase]:
        """Yield the phases of its life (see `Life.phases`)."""
        return self.life.phases()

    def state(self, now: datetime | None = None) -> State:
        """Return the state at `now`, by default at the database's present time."""
        here = db.now(self._state.db or DEFAULT_DB_ALIAS)
        return self.life.state(here if now is None else aware(now))

    def planned(self, *, fault: str = "") -> Planned:
        """Return the row as the planner sees it; `fault` says why the key can't be used here."""
        return Planned(
            kid=self.kid,
            algorithm=self.alg,
            published_at=self.published_at,
            sign_from=self.sign_from,
            sign_until=self.sign_until,
            max_lifetime=self.max_lifetime,
            margin=self.margin,
            revoked_at=self.revoked_at,
            needs_private=self.needs_private,
            private=bool(self.sealed),
            fault=fault,
            archived=self.archived,
            reason=self.reason,
        )


BEGINS: Final = Coalesce("sign_from", "published_at")
"""`StoredKey.begins` as the database computes it."""


class _AppendOnly(models.QuerySet["KeyEvent"]):
    """Rows that can be added and read, but neither changed nor deleted."""

    def update(self, **_: object) -> Never:
        _refuse()

    def delete(self) -> Never:
        _refuse()

    def bulk_update(self, *_: object, **__: object) -> Never:
        _refuse()

    def bulk_create(self, *args: Any, **options: Any) -> list["KeyEvent"]:
        if options.get("update_conflicts"):
            _refuse()
        return super().bulk_create(*args, **options)


def _refuse() -> Never:
    raise TypeError("The history of keys is append-only: an entry can be neither changed nor deleted.")


class KeyEvent(models.Model):
    """An entry of the history of a key: written with the change itself, never changed, never deleted."""

    ring = models.ForeignKey(
        Ring, verbose_name=gettext_lazy("ring"), on_delete=models.PROTECT, related_name="events"
    )
    serial = models.PositiveBigIntegerField(default=0, editable=False)  # of the change of the ring
    kid = models.CharField(
        gettext_lazy("key ID"), max_length=128, blank=True
    )  # empty where the entry is about the ring
    action = models.CharField(gettext_lazy("action"), max_length=32)
    at = db.UTCDateTimeField(gettext_lazy("time"), default=now)
    who = models.CharField(max_length=255, blank=True, default="")
    source = models.CharField(
        gettext_lazy("through"), max_length=32, blank=True, default=""
    )  # command, admin, migration, code
    detail = models.CharField(max_length=500, blank=True, default="")
    facts = models.JSONField(blank=True, default=dict)  # of the sentence in `detail`; see sentences.py

    objects = _AppendOnly.as_manager()

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_keyevent"
        verbose_name = gettext_lazy("key event")
        verbose_name_plural = gettext_lazy("key events")
        ordering = ("-at", "-id")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("kid",), name="jwtkit_event_kid"),
            models.Index(fields=("ring", "action"), name="jwtkit_event_action"),
            models.Index(fields=("ring", "serial"), name="jwtkit_event_serial"),
            models.Index(fields=("at", "id"), name="jwtkit_event_at"),
        )

    def __str__(self) -> str:
        return f"{self.action}: {self.ring_id} {self.kid}".rstrip()

    def save(self, **options: Any) -> None:
        """Write a new row. Raises `TypeError` for a stored one, `IntegrityError` for its number."""
        if not self._state.adding:
            _refuse()
        super().save(**options | {"force_insert": True})

    def delete(self, using: Any = None, keep_parents: bool = False) -> Never:
        """Refuse: raises `TypeError`."""
        _refuse()


class SealingCheck(models.Model):
    """The check value of a sealing key: it shows a node that it has another secret under the same id."""

    key_id = models.CharField(primary_key=True, max_length=64)
    value = models.CharField(max_length=64)

    class Meta:
        app_label = "jwtkit"
        db_table = "jwtkit_sealingcheck"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key_id
