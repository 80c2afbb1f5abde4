"""The health of keys as plain frozen values, which belong to no command and no page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django_jwtkit.keys import State


class Kind(IntEnum):
    """The kinds of faults, the gravest first."""

    UNREADABLE = 1  # nothing is known
    TAMPERED = 2
    SEALING = 3  # a sealing key is missing, which explains most of what follows
    NO_SIGNER = 4
    DENIED = 5
    SIGNER = 6
    STANDBY = 7
    VERIFIER = 8
    NO_STANDBY = 9
    JOB = 10


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: a sentence, and the remedy with the command to paste.

    `ring` and `kid` are empty where it is about all of them. `reason` is the part of the sentence that this
    key or this run of the job has alone.
    """

    kind: Kind
    ring: str
    kid: str
    message: str
    remedy: str
    reason: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHealth:
    """A trusted key: `begins` is when its turn to sign does, `verify_until` when all trust in it ends.

    Everybody who verifies its tokens knows it from `known_from` on, by the caches that the settings assume.
    """

    pk: int
    kid: str
    algorithm: str
    begins: datetime
    known_from: datetime
    verify_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RingHealth:
    """One ring: the key that signs, the next one, and others that still verify.

    `is_published` tells whether there are consumers besides our own processes; `in_jwks` is how many of its
    keys they are shown. `is_abandoned`: the ring has left the settings, so its keys only verify.
    `instead_of` is the kid of the key whose turn it is, where `signer` signs in its place.
    """

    ring: str
    use: str
    is_published: bool = False
    is_abandoned: bool = False
    signer: KeyHealth | None = None
    instead_of: str = ""
    next: KeyHealth | None = None
    verifying: Sequence[KeyHealth] = ()
    in_jwks: int = 0
    states: Mapping[State, int] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    last_run: datetime | None = None

    @property
    def has_consumers(self) -> bool:
        """Whether other services verify its tokens."""
        return self.is_published and self.use == "sig"

    @property
    def next_at(self) -> datetime | None:
        """When the next key takes over."""
        return self.next.begins if self.next else None

    def is_standing_in(self, now: datetime) -> bool:
        """Return whether the key that signs does so before its turn."""
        return self.signer is not None and self.signer.begins > now

    def is_faulty(self, key: KeyHealth) -> bool:
        """Return whether `key` can't do its work."""
        return any(fault.kid == key.kid for fault in self.faults)

    @property
    def verifying_until(self) -> datetime | None:
        """When the last key that only verifies ends; None for none, or where one has no end yet."""
        ends = [key.verify_until for key in self.verifying]
        return None if None in ends else max(filter(None, ends), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingHealth:
    """How many trusted keys rest under the newest sealing key, `id`, and how many under one that is missing.

    `id` is None where the sealing keys cannot be read.
    """

    id: str | None = None
    keys: int = 0
    missing: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All rings at `now`, by the database's clock.

    `faults` are those of all rings, the gravest first, without those of keys whose sealing key is missing:
    one fault speaks for all of them.
    """

    now: datetime
    rings: Sequence[RingHealth] = ()
    sealing: SealingHealth = SealingHealth()
    faults: Sequence[Fault] = ()

    @property
    def is_ok(self) -> bool:
        return not self.faults

    @property
    def last_run(self) -> datetime | None:
        """When the job last ran in the ring in which that is longest ago; None where one never saw it."""
        runs = [ring.last_run for ring in self.rings if not ring.is_abandoned]
        noted = [run for run in runs if run is not None]
        return min(noted) if runs and len(noted) == len(runs) else None

    @property
    def next_change(self) -> RingHealth | None:
        """The ring whose next key takes over first."""
        waiting = {ring.next_at: ring for ring in reversed(self.rings) if ring.next_at}
        return waiting[min(waiting)] if waiting else None
